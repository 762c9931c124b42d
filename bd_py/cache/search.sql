-- Made by the first search, filled by searches alone (cache/search.py). Not part of the fold of the log.

CREATE TABLE search_tasks (
    docid    INTEGER PRIMARY KEY,
    issue_id TEXT NOT NULL UNIQUE
);

-- It keeps its text: a task that changed is taken out by what it said before, and snippets are cut from it.
CREATE VIRTUAL TABLE search_text USING fts5(
    title, body, comments, tokenize = 'porter unicode61 remove_diacritics 2');

-- Pieces of words. Over whole descriptions they would cost 10 s for 100,000 tasks, over titles 1 s.
CREATE VIRTUAL TABLE search_titles USING fts5(title, content = 'search_text', tokenize = 'trigram');

INSERT INTO search_text (search_text, rank) VALUES ('rank', 'bm25(8.0, 1.0, 0.5)');
