-- The cache: a projection of the log. Column names are those of the bd world, so that SQL written for its
-- database runs here. bd_py/cache/ is the only writer. PRAGMA user_version is set last, by the code.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT
) WITHOUT ROWID;

-- Folders and files of the log as they were when they were last read (see cache/level.py for the rules).
CREATE TABLE folders (
    path       TEXT PRIMARY KEY,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE segments (
    id         INTEGER PRIMARY KEY,
    path       TEXT NOT NULL UNIQUE,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL,
    digest     TEXT,
    bad_lines  INTEGER NOT NULL DEFAULT 0,
    first_id   TEXT,
    last_id    TEXT
);

-- Generated columns would cost a third of a rebuild's insertions; the view `events` below reads the line.
-- `record` is collection/record of what is no task (collection/ of a definition). `arrived` counts up in the order
-- in which events came into this cache: what cursors are made of.
CREATE TABLE log_events (
    id       TEXT PRIMARY KEY,
    issue_id TEXT,
    type     TEXT NOT NULL,
    segment  INTEGER,
    present  INTEGER NOT NULL DEFAULT 1,
    arrived  INTEGER NOT NULL,
    record   TEXT,
    line     TEXT NOT NULL
) WITHOUT ROWID;

-- Further places where an event stands; line only where its bytes differ (damage).
CREATE TABLE event_copies (
    event_id TEXT NOT NULL,
    segment  INTEGER NOT NULL,
    line     TEXT,
    PRIMARY KEY (event_id, segment)
) WITHOUT ROWID;

-- Events that a merge, a checkout or another program brought (1) or took away (-1), until a sync has told it.
CREATE TABLE inbox (
    event_id TEXT PRIMARY KEY,
    change   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE issues (
    id                  TEXT PRIMARY KEY,
    title               TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    description         TEXT NOT NULL DEFAULT '',
    design              TEXT NOT NULL DEFAULT '',
    acceptance_criteria TEXT NOT NULL DEFAULT '',
    notes               TEXT NOT NULL DEFAULT '',
    status              TEXT NOT NULL DEFAULT 'open',
    category            TEXT NOT NULL DEFAULT 'open'
                        CHECK (category IN ('open', 'waiting', 'active', 'done', 'gone')),
    priority            INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 4),
    issue_type          TEXT NOT NULL DEFAULT 'task',
    assignee            TEXT,
    owner               TEXT,
    estimated_minutes   INTEGER,
    created_at          TEXT NOT NULL,
    created_by          TEXT,
    updated_at          TEXT NOT NULL,
    closed_at           TEXT,
    close_reason        TEXT,
    resolution          TEXT,
    due_at              TEXT,
    defer_until         TEXT,
    external_ref        TEXT,
    name                TEXT,
    phase               TEXT,
    phase_entered_at    TEXT,
    progress            TEXT,
    progress_percent    INTEGER CHECK (progress_percent BETWEEN 0 AND 100),
    next_step           TEXT,
    compound            INTEGER,
    attribution         TEXT,
    links               TEXT,
    meta                TEXT,
    extra               TEXT,
    parent_id           TEXT,
    is_blocked          INTEGER NOT NULL DEFAULT 0,
    open_blockers       INTEGER NOT NULL DEFAULT 0,
    hold                TEXT,
    hold_session        TEXT,
    hold_until          TEXT,
    created_event       TEXT NOT NULL,
    setters             TEXT,
    conflict_count      INTEGER NOT NULL DEFAULT 0,
    version             TEXT NOT NULL,
    event_count         INTEGER NOT NULL,
    last_event_at       TEXT NOT NULL,
    CHECK ((category = 'done') = (closed_at IS NOT NULL) OR category = 'gone'),
    CHECK (hold IS NULL OR assignee IS NOT NULL)
);

-- Deleted tasks, for looking them up; their state is folded from their events when it is asked for.
CREATE TABLE deleted_issues (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    deleted_at TEXT NOT NULL,
    deleted_by TEXT,
    reason     TEXT,
    version    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE dependencies (
    issue_id      TEXT NOT NULL,
    depends_on_id TEXT NOT NULL,
    type          TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    created_by    TEXT,
    event_id      TEXT NOT NULL,
    PRIMARY KEY (issue_id, depends_on_id, type)
) WITHOUT ROWID;

-- Edges that a merge brought and that close a cycle: listed, and ignored by ready.
CREATE TABLE suspended_dependencies (
    issue_id      TEXT NOT NULL,
    depends_on_id TEXT NOT NULL,
    type          TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    created_by    TEXT,
    event_id      TEXT NOT NULL,
    PRIMARY KEY (issue_id, depends_on_id, type)
) WITHOUT ROWID;

CREATE TABLE labels (
    issue_id TEXT NOT NULL,
    label    TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (issue_id, label)
) WITHOUT ROWID;

CREATE TABLE comments (
    id         TEXT PRIMARY KEY,
    issue_id   TEXT NOT NULL,
    author     TEXT,
    text       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    number     INTEGER
);

CREATE TABLE blockers (
    issue_id    TEXT NOT NULL,
    id          TEXT NOT NULL,
    text        TEXT,
    raised_at   TEXT,
    raised_by   TEXT,
    resolved_at TEXT,
    resolved_by TEXT,
    PRIMARY KEY (issue_id, id)
) WITHOUT ROWID;

CREATE TABLE evidence (
    issue_id    TEXT NOT NULL,
    id          TEXT NOT NULL,
    passed      INTEGER,
    command     TEXT,
    exit_code   INTEGER,
    summary     TEXT,
    artifacts   TEXT,
    recorded_at TEXT NOT NULL,
    actor       TEXT,
    PRIMARY KEY (issue_id, id)
) WITHOUT ROWID;

CREATE TABLE artifacts (
    issue_id    TEXT NOT NULL,
    id          TEXT NOT NULL,
    path        TEXT,
    kind        TEXT,
    description TEXT,
    added_at    TEXT NOT NULL,
    PRIMARY KEY (issue_id, id)
) WITHOUT ROWID;

-- Concurrent edits of one field: the later won, both values stand here until a later edit names the winner.
CREATE TABLE conflicts (
    issue_id     TEXT NOT NULL,
    field        TEXT NOT NULL,
    winner       TEXT NOT NULL,
    loser        TEXT NOT NULL,
    winner_value TEXT,
    loser_value  TEXT,
    PRIMARY KEY (issue_id, field, winner, loser)
) WITHOUT ROWID;

CREATE TABLE lost_claims (
    issue_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at       TEXT NOT NULL,
    assignee TEXT NOT NULL,
    session  TEXT,
    PRIMARY KEY (issue_id, event_id)
) WITHOUT ROWID;

-- The latest definition of each collection; the built-in ones stand here only where an event defines them anew.
CREATE TABLE collections (
    name       TEXT PRIMARY KEY,
    schema     TEXT NOT NULL,
    indexed    TEXT NOT NULL,
    defined_at TEXT NOT NULL,
    defined_by TEXT,
    event_id   TEXT NOT NULL
) WITHOUT ROWID;

-- Not WITHOUT ROWID: a document may be megabytes long.
CREATE TABLE records (
    collection     TEXT NOT NULL,
    id             TEXT NOT NULL,
    data           TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    created_by     TEXT,
    updated_at     TEXT NOT NULL,
    created_event  TEXT NOT NULL,
    setters        TEXT,
    conflict_count INTEGER NOT NULL DEFAULT 0,
    version        TEXT NOT NULL,
    event_count    INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
);

-- The indexed fields of records that hold a text (kind t), a number (n) or a truth value (b, as 0 or 1).
CREATE TABLE record_index (
    collection TEXT NOT NULL,
    field      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    value      NOT NULL,
    id         TEXT NOT NULL,
    PRIMARY KEY (collection, field, kind, value, id)
) WITHOUT ROWID;

CREATE TABLE record_conflicts (
    collection   TEXT NOT NULL,
    record       TEXT NOT NULL,
    field        TEXT NOT NULL,
    winner       TEXT NOT NULL,
    loser        TEXT NOT NULL,
    winner_value TEXT,
    loser_value  TEXT,
    PRIMARY KEY (collection, record, field, winner, loser)
) WITHOUT ROWID;

-- Tasks whose text changed since they were taken into the index of words, once there is one (search.sql).
CREATE TABLE search_changes (
    issue_id TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Nearly empty, and made before the rows: made after them, each would be one more look at a whole table.
CREATE INDEX issues_gone ON issues (status) WHERE category = 'gone';
CREATE INDEX events_gone ON log_events (id) WHERE present = 0;

CREATE VIEW events AS
SELECT id, issue_id, type, json_extract(line, '$.at') AS at, json_extract(line, '$.by.name') AS actor,
       json_extract(line, '$.data') AS data, segment, present, record, arrived, line
FROM log_events;

CREATE VIEW ready_issues AS
SELECT i.* FROM issues i
WHERE i.priority >= 0 AND i.is_blocked = 0 AND i.compound IS NOT 1
  AND (i.category = 'open' OR (i.status = 'deferred' AND i.defer_until IS NOT NULL))
  AND (i.defer_until IS NULL OR i.defer_until <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
  AND i.issue_type NOT IN (
      SELECT e.value FROM json_each((SELECT value FROM meta WHERE key = 'exclude_types')) e);

CREATE VIEW blocked_issues AS
SELECT i.* FROM issues i
WHERE i.priority >= 0 AND i.category IN ('open', 'waiting', 'active')
  AND (i.is_blocked = 1 OR i.status = 'blocked');
