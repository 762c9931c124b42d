-- Made last on a rebuild: one sort an index instead of one insertion a row.
-- The columns behind the id are for counting: a look at every row of 100,000 tasks takes 4 interpreter starts.

-- ready: one range, already in its order.
CREATE INDEX issues_ready ON issues
    (priority, created_at, id, category, status, issue_type, defer_until, compound)
    WHERE is_blocked = 0 AND (category = 'open' OR (status = 'deferred' AND defer_until IS NOT NULL));
CREATE INDEX issues_live ON issues
    (priority, created_at, id, category, status, issue_type, is_blocked, updated_at)
    WHERE category IN ('open', 'waiting', 'active');
CREATE INDEX issues_all ON issues (priority, created_at, id, issue_type) WHERE category <> 'gone';
CREATE INDEX issues_closed ON issues (closed_at, id, julianday(closed_at) - julianday(created_at))
    WHERE category = 'done';
CREATE INDEX issues_status ON issues (status, priority, created_at, id);
CREATE INDEX issues_assignee ON issues (assignee, priority, created_at, id) WHERE assignee IS NOT NULL;
CREATE INDEX issues_parent ON issues (parent_id, priority, created_at, id) WHERE parent_id IS NOT NULL;
CREATE INDEX issues_name ON issues (name) WHERE name IS NOT NULL;
CREATE INDEX issues_deferred ON issues (defer_until) WHERE defer_until IS NOT NULL;
CREATE INDEX issues_conflicts ON issues (id) WHERE conflict_count > 0;
CREATE INDEX dependencies_on ON dependencies (depends_on_id, type, issue_id);
CREATE INDEX suspended_on ON suspended_dependencies (depends_on_id, type, issue_id);
CREATE INDEX labels_label ON labels (label, issue_id);
CREATE INDEX comments_issue ON comments (issue_id, id);
CREATE INDEX events_issue ON log_events (issue_id);
CREATE INDEX events_arrived ON log_events (arrived);
CREATE INDEX events_record ON log_events (record) WHERE record IS NOT NULL;
