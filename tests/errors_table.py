"""What every verb must refuse: rows of `test_errors_table`."""

from __future__ import annotations

from typing import NamedTuple

FAILED, USAGE, MISSING, INVALID, CONFLICT, CYCLE = 1, 2, 3, 4, 5, 6


class Case(NamedTuple):
    """A command line (words in capitals stand for the world's ids), its exit code, and what stderr must say."""

    code: int
    line: str
    says: str = ""
    input: bytes = b""


WORLD = {
    "OPEN": "tk-open000001",
    "CHILD": "tk-child00001",
    "WAITS": "tk-waits00001",
    "MINE": "tk-mine000001",
    "THEIRS": "tk-their00001",
    "CLOSED": "tk-clsd000001",
    "BLOCKED": "tk-blkd000001",
    "GONE": "tk-gone000001",
    "TWINS": "tk-twin",
    "LONG": "x" * 501,
    "NEWLINE": "two\nlines",
    "BELL": "a\x07b",
    "EMPTY": "",
    "SPACE": " ",
    "TWO_WORDS": "two words",
    "BYTES": "\udcff",
}


def rows(code: int, says: str, lines: str, input: bytes = b"") -> list[Case]:
    """A row for each command line; ``|`` and line ends part them."""
    return [Case(code, line, says, input) for line in " ".join(lines.split()).split(" | ")]


TABLE = [
    *rows(USAGE, "given twice", "create TWO_WORDS --title T | new TWO_WORDS --title T | add TWO_WORDS --title T"),
    *rows(USAGE, "does not go with --fields", "list --tree --fields id | ls --tree --fields id"),
    *rows(USAGE, "stdin is read in the bd format", "import --format ticket - | import --format queue -"),
    *rows(INVALID, "has no field 'nope'", "list-prds --filter nope=1 | list-executions --filter nope=1"),
    *rows(USAGE, "is no priority", "q T -p soon"),
    # Titles
    *rows(
        INVALID,
        "1 to 500 characters",
        """create EMPTY | create SPACE | create LONG | create NEWLINE | new EMPTY | q EMPTY | q SPACE | q LONG
        | q NEWLINE | update OPEN --title EMPTY | update OPEN --title SPACE | update OPEN --title LONG
        | update OPEN --title NEWLINE""",
    ),
    # Ids
    *rows(
        MISSING,
        "task 'nope' not found",
        """show nope | claim nope | start nope | release nope | retry nope | update nope --title T | close nope
        | done nope | reopen nope | block nope why | unblock nope | defer nope | undefer nope | delete nope
        | restore nope | dep add nope OPEN | dep add OPEN nope | dep OPEN --blocks nope | dep remove nope OPEN
        | dep list nope | dep tree nope | undep nope OPEN | label add nope l | label remove nope l | label list nope
        | comment nope text | note nope text | log nope | list --parent nope | ready --parent nope
        | blocked --parent nope | create T --parent nope | create T --dep nope | create T --dep blocks:nope
        | create T --depends-on nope | update OPEN --parent nope""",
    ),
    *rows(MISSING, "Did you mean tk-open000001", "show tk-opem000001 | close tk-open00001"),
    *rows(
        MISSING,
        "ambiguous ID 'tk-twin' matches multiple tasks: tk-twina, tk-twinb",
        """show TWINS | claim TWINS | update TWINS -p 1 | close TWINS | delete TWINS | dep add TWINS OPEN
        | dep add OPEN TWINS | dep add OPEN TWINS --force | label add TWINS l | comment TWINS text | log TWINS
        | create T --parent TWINS | create T --dep TWINS --force | list --parent TWINS | undep OPEN TWINS""",
    ),
    *rows(
        MISSING,
        "was deleted",
        """show GONE | claim GONE | close GONE | update GONE -p 1 | delete GONE | comment GONE text
        | dep add OPEN GONE""",
    ),
    *rows(INVALID, "must be an id", "create T --id TWO_WORDS | create T --id EMPTY | create T --id a/b"),
    *rows(CONFLICT, "is taken", "create T --id OPEN | create T --id GONE"),
    # Numbers, priorities, times
    *rows(
        USAGE,
        "'abc' is not a valid integer",
        """list --limit abc | ready --limit abc | blocked --limit abc | log --limit abc | claim OPEN --ttl abc
        | dep tree OPEN --depth abc""",
    ),
    *rows(USAGE, "'abc' is no priority", "create T -p abc | update OPEN -p abc | list -p abc | ready -p abc"),
    *rows(
        INVALID,
        "from 0 (urgent) to 4 (low)",
        "create T -p 7 | create T -p P7 | update OPEN -p 7 | update OPEN -p -1 | list -p 7 | ready -p 7",
    ),
    *rows(
        USAGE,
        "'someday' is no time",
        """create T --due someday | create T --defer someday | update OPEN --due someday
        | update OPEN --defer someday | defer OPEN --until someday | log --since someday | log --until someday
        | list --created-after someday | list --created-before someday | list --updated-after someday
        | list --updated-before someday | list --due-before someday""",
    ),
    *rows(USAGE, "'2026-02-30' is no time", "create T --due 2026-02-30"),
    *rows(USAGE, "is no estimate", "create T --estimate soon | update OPEN --estimate 1x"),
    *rows(INVALID, "estimated_minutes", "create T --estimate 99999999999999999999"),
    *rows(INVALID, "above 0", "claim OPEN --ttl 0 | claim OPEN --ttl -5"),
    *rows(
        USAGE,
        "is not one of",
        """list --sort colour | ready --sort colour | dep tree OPEN --direction sideways
        | close OPEN --resolution whatever | list --color sometimes""",
    ),
    *rows(USAGE, "not of the form KEY=VALUE", "create T --meta novalue | update OPEN --meta =v"),
    # Words
    *rows(USAGE, "nothing to search for", "search EMPTY | search SPACE | find EMPTY SPACE"),
    *rows(INVALID, "'banana' is no type of task", "search word -t banana"),
    *rows(MISSING, "task 'nope' not found", "search word --parent nope"),
    *rows(USAGE, "from 0.5 to 1", "duplicates --threshold 2 | duplicates --threshold 0"),
    *rows(USAGE, "is not a finite number", "duplicates --threshold nan | evidence OPEN --run true --timeout 1e999"),
    *rows(INVALID, "'banana' is no type of task", "create T -t banana | update OPEN -t banana | list -t banana"),
    *rows(INVALID, "Did you mean feature?", "create T -t feture | update OPEN -t feture | ready -t feture"),
    *rows(INVALID, "'banana' is no status", "update OPEN -s banana | list -s banana"),
    *rows(INVALID, "Did you mean closed?", "update OPEN -s closd | list -s closd"),
    *rows(INVALID, "Did you mean task.closed?", "log --type clsed"),
    *rows(INVALID, "no field that can be cleared", "update OPEN --unset nonsense | update OPEN --unset title"),
    *rows(INVALID, "meta.", "update OPEN --unset meta."),
    *rows(
        INVALID,
        "label",
        """create T -l BELL | update OPEN --add-label BELL | update OPEN --set-labels BELL | label add OPEN BELL
        | create T -l EMPTY | create T -l a,,b | update OPEN --add-label EMPTY | label add OPEN EMPTY""",
    ),
    *rows(INVALID, "assignee", "create T -a BELL"),
    *rows(INVALID, "name", "create T --name BELL"),
    *rows(INVALID, "type", "dep add OPEN CHILD -t BELL"),
    *rows(INVALID, "empty comment", "comment OPEN EMPTY | comment OPEN | comment OPEN -"),
    *rows(INVALID, "text", "block OPEN EMPTY"),
    # Files and stdin
    *rows(
        MISSING,
        "file 'nope' not found",
        """create T -d @nope | create T --body-file nope | update OPEN --design @nope
        | update OPEN --append-notes @nope | comment OPEN @nope | close OPEN -r @nope | release MINE -r @nope
        | reopen CLOSED -r @nope | delete OPEN -r @nope | restore GONE -r @nope | block OPEN @nope""",
    ),
    *rows(
        INVALID,
        "'latin1' is no UTF-8 text (byte 2)",
        "create T -d @latin1 | create T --body-file latin1 | update OPEN --notes @latin1 | comment OPEN @latin1",
    ),
    *rows(INVALID, "stdin is no UTF-8 text (byte 2)", "create T -d -", b"no\xff"),
    *rows(INVALID, "cannot read '.git'", "create T -d @.git"),
    *rows(USAGE, "only once", "create T -d - --design -", b"text"),
    *rows(USAGE, "exclude each other", "create T -d text --body-file latin1 | update OPEN --notes a --append-notes b"),
    *rows(USAGE, "no id was given", "close - | show - | delete - | unlink OPEN - | record delete prds -"),
    *rows(MISSING, "no folder nowhere", "-C nowhere list"),
    *rows(
        INVALID,
        "no UTF-8 text",
        """list -a BYTES | list -l BYTES | ready -a BYTES | list --title-contains BYTES | log --by BYTES""",
    ),
    *rows(INVALID, "surrogate", "create BYTES | comment OPEN BYTES | update OPEN -a BYTES"),
    *rows(MISSING, "It is no UTF-8 text.", "show BYTES | close BYTES | dep OPEN BYTES"),
    # States
    *rows(INVALID, "is closed: only an open task can be claimed", "claim CLOSED"),
    *rows(INVALID, "is blocked: only an open task can be claimed", "claim BLOCKED"),
    *rows(INVALID, "is blocked by tk-open000001", "claim WAITS | update WAITS --claim"),
    *rows(
        CONFLICT,
        "is held by grace",
        "claim THEIRS | release THEIRS | update THEIRS --claim | update THEIRS -s in_progress",
    ),
    *rows(INVALID, "is held by grace", "update THEIRS -a EMPTY | update THEIRS --unset assignee"),
    *rows(INVALID, "was closed as completed", "close CLOSED --resolution wontfix"),
    *rows(INVALID, "it cannot become in_progress", "update CLOSED -s in_progress | update BLOCKED -s doing"),
    *rows(INVALID, "it cannot become blocked", "block CLOSED why"),
    *rows(INVALID, "it cannot become deferred", "defer CLOSED"),
    *rows(INVALID, "nobody holds it", "release BLOCKED"),
    *rows(CONFLICT, "has changed", "update OPEN -p 0 --if-version 01M7X20VW22D7Z59TDWH9EDD1R"),
    *rows(USAGE, "exclude each other", "update OPEN --claim -s closed"),
    # The whole store
    *rows(USAGE, "give DEST, or --restore SRC", "backup | backup --force"),
    *rows(USAGE, "exclude each other", "backup x --restore y"),
    *rows(INVALID, "inside of the store", "backup .tasks/x | backup .tasks/log"),
    *rows(INVALID, "there is no folder", "backup nowhere/x"),
    *rows(CONFLICT, "is there and is no backup", "backup latin1 | backup latin1 --force | backup .git"),
    *rows(MISSING, "no backup", "backup --restore nope"),
    *rows(INVALID, "is no backup of tk", "backup --restore latin1 | backup --restore .git --force"),
    *rows(USAGE, "takes no --status", "export --format json --status open"),
    *rows(USAGE, "No such option", "backup x --bogus"),
    # Plans
    *rows(MISSING, "file 'nope' not found", "create --from nope | create --graph nope"),
    *rows(
        CYCLE, "the plan has a cycle: a -> b -> a", "create --graph cycle.json | create --graph cycle.json --dry-run"
    ),
    *rows(CYCLE, "cycle.md:3: the plan has a cycle: #3 -> #4 -> #3", "create --from cycle.md"),
    *rows(INVALID, "Did you mean priority?", "create --graph unknown.json"),
    *rows(INVALID, "the key 'a' stands here twice", "create --graph twice.json"),
    *rows(INVALID, "there is no node 'b'", "create --graph missing.json"),
    *rows(INVALID, "not JSON", "create --graph good.md"),
    *rows(INVALID, "has no heading", "create --from twice.json"),
    *rows(INVALID, "no UTF-8 text", "create --from latin1 | create --graph latin1"),
    *rows(MISSING, "task 'nope' not found", "create --from good.md --under nope | create --from good.md --parent nope"),
    *rows(MISSING, "was deleted", "create --from good.md --under GONE"),
    *rows(
        USAGE,
        "exclude each other",
        """create Title --from good.md | create --from good.md --graph cycle.json
        | create --from good.md --under OPEN --parent CHILD""",
    ),
    *rows(USAGE, "is for one task", "create --from good.md --id new | create --graph cycle.json --dep OPEN"),
    *rows(USAGE, "is for a plan", "create T --under OPEN"),
    # Texts, queries, other trackers
    *rows(MISSING, "task 'nope' not found", "edit nope"),
    *rows(MISSING, "ambiguous ID", "edit TWINS"),
    *rows(MISSING, "was deleted", "edit GONE"),
    *rows(USAGE, "there is no editor to open", "edit OPEN"),
    *rows(INVALID, "does more than read", "sql VACUUM | sql COMMIT"),
    *rows(INVALID, "syntax error", "sql SELEC"),
    *rows(USAGE, "no SQL was given", "sql EMPTY | sql ;"),
    *rows(USAGE, "'nonsense' is not 'agents'", "setup nonsense"),
    *rows(MISSING, "file 'nope' not found", "sql @nope"),
    *rows(USAGE, "is not one of", "completion ksh | export --format xml"),
    *rows(USAGE, "what to set up is missing", "setup --remove"),
    *rows(INVALID, "AGENTS.md:1: the markers of tk's section are not one pair", "setup agents"),
    # Edges
    *rows(
        INVALID,
        "cannot depend on itself",
        """dep add OPEN OPEN | dep add OPEN OPEN -t related | update OPEN --parent OPEN
        | create T --id new --depends-on new --force""",
    ),
    *rows(CYCLE, "would close a cycle", "dep add OPEN WAITS | dep WAITS --blocks OPEN | update OPEN --parent CHILD"),
    *rows(CYCLE, "The way back: tk-open000001 -> tk-waits00001 -> tk-open000001", "dep OPEN WAITS -t waits-for"),
    *rows(MISSING, "has no dependency on", "dep remove OPEN WAITS | undep OPEN WAITS"),
    *rows(MISSING, "has no related dependency on", "dep remove WAITS OPEN -t related"),
    # Records
    *rows(
        MISSING,
        "collection 'nope' not found",
        """record put nope --set a=b | record get nope x | record list nope | record delete nope x""",
    ),
    *rows(MISSING, "Did you mean prds?", "record list prd | record get pdrs x"),
    *rows(MISSING, "prds has no record 'x'", "record get prds x | record delete prds x | create-task-spec x index"),
    *rows(MISSING, "task_specs has no record 'x'", "create-execution x"),
    *rows(MISSING, "executions has no record 'x'", "complete-execution x"),
    *rows(
        MISSING, "task 'nope' not found", "describe nope | list-executions --task nope | list-task-specs --task nope"
    ),
    *rows(
        MISSING, "file 'nope' not found", "record define nope | record put prds --data @nope | create-prd T -d @nope"
    ),
    *rows(INVALID, "is no JSON", "record put prds --data {"),
    *rows(INVALID, "is no JSON object", "record put prds --data [] | record put prds --data 7"),
    *rows(INVALID, "is no status of prds", "list-prds --status reddy"),
    *rows(INVALID, "title must be of a length", "create-prd EMPTY"),
    *rows(
        INVALID,
        "status must be one of draft",
        'create-prd T --status done | record put prds --data {"title":"T","status":"x"}',
    ),
    *rows(INVALID, "the id of a record cannot be", "create-prd T --id a/b | record put prds TWO_WORDS --set title=T"),
    *rows(INVALID, "no operator 'almost'", "record list prds --filter status:almost=x"),
    *rows(
        INVALID, "prds has no field 'colour'", "record list prds --filter colour=red | record list prds --order colour"
    ),
    *rows(INVALID, "cannot be compared", "record list prds --filter review_passes=many"),
    *rows(USAGE, "not of the form FIELD=VALUE", "record list prds --filter status | record put prds --set title"),
    *rows(USAGE, "no field was given", "record put prds"),
    # Usage
    *rows(USAGE, "Did you mean 'tk create'?", "crate T"),
    *rows(USAGE, "Did you mean 'tk label add'?", "label ad OPEN l"),
    *rows(USAGE, "Missing command", "label"),
    *rows(
        USAGE,
        "No such option",
        """create T --bogus | q T --bogus | show OPEN --bogus | list --bogus | ready --bogus | blocked --bogus
        | claim OPEN --bogus | release OPEN --bogus | update OPEN --bogus | close OPEN --bogus | reopen OPEN --bogus
        | block OPEN x --bogus | unblock OPEN --bogus | defer OPEN --bogus | undefer OPEN --bogus
        | delete OPEN --bogus | restore OPEN --bogus | dep add OPEN CHILD --bogus | dep remove OPEN CHILD --bogus
        | dep list OPEN --bogus | dep tree OPEN --bogus | dep cycles --bogus | undep OPEN CHILD --bogus
        | label add OPEN l --bogus | label list OPEN --bogus | label list-all --bogus | comment OPEN x --bogus
        | log --bogus | edit OPEN --bogus | sql x --bogus | prime --bogus | setup --bogus | import x --bogus""",
    ),
    *rows(
        USAGE,
        "Missing argument",
        """create | q | show | claim | release | update | close | reopen | block | block OPEN | unblock | defer
        | undefer | delete | restore | dep add | dep remove OPEN | dep list | dep tree | undep OPEN | label add
        | label add OPEN | label remove OPEN | label list | comment | edit | sql | completion""",
    ),
    *rows(
        USAGE,
        "unexpected extra argument",
        "create two words | list extra | dep cycles extra | prime extra | edit OPEN extra",
    ),
    *rows(USAGE, "name the two tasks", "dep add OPEN | dep add OPEN CHILD --blocks WAITS"),
    *rows(USAGE, "nothing to change was given", "update OPEN"),
    *rows(USAGE, "requires an argument", "create T -d | list -s"),
    # Beside git
    *rows(
        USAGE,
        "No such option",
        """install-hooks --bogus | uninstall-hooks --bogus | hook pre-push --bogus | textconv latin1 --bogus
        | merge-driver a b c 7 d --bogus | diff --bogus | undo --bogus | compact --bogus | sync --bogus""",
    ),
    *rows(
        USAGE,
        "unexpected extra argument",
        """install-hooks extra | uninstall-hooks extra | textconv latin1 extra | merge-driver a b c 7 d extra
        | diff a b extra | undo OPEN extra | compact extra | sync extra""",
    ),
    # The rest of a day's verbs
    *rows(
        MISSING,
        "task 'nope' not found",
        """link OPEN nope | link nope OPEN | unlink OPEN nope | unlink nope OPEN | tag nope x | tag nope | untag nope x
        | assign nope ada | unassign nope | priority nope 1 | pri nope 1 | comments nope | comments add nope text
        | children nope | graph nope | check nope | check nope add x | check nope done 1 | status nope
        | status nope open
        | list --id nope | stale --parent nope | closed --parent nope | count --parent nope""",
    ),
    *rows(
        MISSING,
        "ambiguous ID 'tk-twin'",
        "link OPEN TWINS | assign TWINS ada | check TWINS add x | status TWINS open | children TWINS | graph TWINS",
    ),
    *rows(MISSING, "was deleted", "link OPEN GONE | check GONE add x | comments GONE | status GONE open"),
    *rows(MISSING, "are not linked", "unlink OPEN MINE | unlink OPEN WAITS"),
    *rows(MISSING, "has no checklist item", "check OPEN done 1 | check OPEN undo x | check OPEN remove EMPTY"),
    *rows(INVALID, "empty checklist item", "check OPEN add EMPTY | check OPEN add -"),
    *rows(INVALID, "empty comment", "comments add OPEN | comments add OPEN EMPTY"),
    *rows(MISSING, "file 'nope' not found", "comment OPEN -f nope | comments add OPEN -f nope | check OPEN add @nope"),
    *rows(INVALID, "label", "tag OPEN BELL | tag OPEN EMPTY | tag OPEN +"),
    *rows(INVALID, "assignee", "assign OPEN BELL"),
    *rows(
        INVALID,
        "'banana' is no status",
        "status OPEN banana | stale -s banana | count -s banana | children OPEN -s banana",
    ),
    *rows(INVALID, "it cannot become", "status CLOSED blocked"),
    *rows(CONFLICT, "is held by grace", "status THEIRS in_progress"),
    *rows(INVALID, "is held by grace", "unassign THEIRS | assign THEIRS EMPTY"),
    *rows(USAGE, "'abc' is no priority", "priority OPEN abc | list --priority-min abc"),
    *rows(INVALID, "from 0 (urgent) to 4 (low)", "priority OPEN 7 | priority OPEN -- -1 | list --priority-max 9"),
    *rows(USAGE, "'abc' is not a valid integer", "stale --days abc | closed -n abc | metrics --days abc"),
    *rows(INVALID, "not a number of days", "stale --days -1 | metrics --days 0"),
    *rows(USAGE, "'someday' is no time", "list --closed-after someday | count --closed-before someday"),
    *rows(
        USAGE,
        "is not one of",
        """count --by colour | graph --format png | dep tree OPEN --format png | check OPEN tick 1
        | metrics --format xml""",
    ),
    *rows(USAGE, "at least two tasks", "link OPEN | link OPEN OPEN"),
    *rows(USAGE, "to list takes no items", "check OPEN list 1"),
    *rows(USAGE, "needs the text", "check OPEN add"),
    *rows(USAGE, "needs an item", "check OPEN done | check OPEN undo | check OPEN remove | check OPEN rm"),
    *rows(USAGE, "only one field", "count --by status --by-label"),
    *rows(USAGE, "exclude each other", "comment OPEN text -f latin1"),
    *rows(
        USAGE,
        "No such option",
        """link OPEN --bogus | tag OPEN --bogus | assign OPEN ada --bogus | priority OPEN 1 --bogus | comments --bogus
        | count --bogus | stats --bogus | status --bogus | stale --bogus | closed --bogus | children OPEN --bogus
        | graph --bogus | epic status --bogus | check OPEN --bogus | query --bogus | metrics --bogus""",
    ),
    *rows(
        USAGE,
        "Missing argument",
        "hook | textconv | merge-driver | merge-driver a | merge-driver a b c | merge-driver a b c 7",
    ),
    *rows(USAGE, "is not one of", "hook pre-comit | hook EMPTY"),
    *rows(MISSING, "no folder nowhere", "-C nowhere install-hooks | -C nowhere uninstall-hooks | -C nowhere sync"),
    *rows(MISSING, "file 'nope' not found", "textconv nope"),
    *rows(MISSING, "file 'latin1/nope' not found", "textconv latin1/nope"),
    *rows(FAILED, "cannot read '.git'", "textconv .git"),
    *rows(MISSING, "'nope'", "diff nope | diff nope..HEAD | diff nope.. | diff nope nope"),
    *rows(USAGE, "three dots", "diff HEAD...nope"),
    *rows(USAGE, "exclude each other", "diff HEAD..nope nope"),
    *rows(MISSING, "task 'nope' not found", "undo nope"),
    *rows(MISSING, "ambiguous ID 'tk-twin'", "undo TWINS"),
    *rows(USAGE, "'soon' is no time", "compact --older-than soon"),
    *rows(USAGE, "so many days ago there was no log", "compact --older-than 9999999"),
    *rows(USAGE, "requires an argument", "compact --older-than"),
    *rows(FAILED, "has no upstream", "sync --remote"),
    *rows(FAILED, "no remote 'nope'", "sync --remote nope | sync --remote=nope"),
    *rows(
        USAGE,
        "Missing argument",
        "link | unlink | unlink OPEN | tag | untag OPEN | assign OPEN | priority OPEN | comments | children | check",
    ),
    *rows(USAGE, "unexpected extra argument", "stats extra | count extra | graph OPEN extra | query . extra"),
    *rows(USAGE, "In tk that is 'tk close ID'.", "finish OPEN | issue finish OPEN | resolve OPEN"),
    *rows(USAGE, "tk needs none", "daemon start"),
    # The working record
    *rows(
        MISSING,
        "task 'nope' not found",
        """phase nope build | progress nope half | next nope step | blocker nope add no | blocker nope list
        | evidence nope --passed | evidence nope --run true | artifact nope a.md | event nope | accept nope
        | reject nope --reason no""",
    ),
    *rows(MISSING, "was deleted", "phase GONE build | evidence GONE --passed | accept GONE"),
    *rows(MISSING, "has no blocker 'bl-nope'", "blocker OPEN resolve bl-nope"),
    *rows(INVALID, "from 0 to 100", "progress OPEN --percent 101 | progress OPEN --percent -1"),
    *rows(INVALID, "phase", "phase OPEN BELL | phase OPEN SPACE"),
    *rows(INVALID, "must be 0 where passed is true", "evidence OPEN --passed --exit-code 1"),
    *rows(INVALID, "there is no work to judge", "accept OPEN | reject OPEN --reason no | accept BLOCKED"),
    *rows(INVALID, "'banana' is no status", 'event OPEN --type task.status.set --payload {"status":"banana"}'),
    *rows(INVALID, "there is no type of event", "event OPEN --type nope"),
    *rows(INVALID, "needs name", "event OPEN"),
    *rows(USAGE, "give a phase", "phase OPEN | phase OPEN build --clear"),
    *rows(USAGE, "give the next step", "next OPEN | next OPEN step --clear"),
    *rows(USAGE, "give a text", "progress OPEN"),
    *rows(USAGE, "given twice", "progress OPEN half --text half"),
    *rows(USAGE, "which blocker", "blocker OPEN resolve"),
    *rows(USAGE, "takes nothing more", "blocker OPEN list more"),
    *rows(USAGE, "is not one of", "blocker OPEN drop | phase OPEN build --color green"),
    *rows(USAGE, "how did it come out", "evidence OPEN | evidence OPEN --summary s"),
    *rows(USAGE, "exclude each other", "evidence OPEN --passed --failed"),
    *rows(USAGE, "finds out itself", "evidence OPEN --run true --passed | evidence OPEN --run true --summary s"),
    *rows(USAGE, "'abc' is not a valid", "evidence OPEN --exit-code abc | progress OPEN --percent abc"),
    *rows(USAGE, "--timeout", "evidence OPEN --run true --timeout 0 | evidence OPEN --passed --timeout 3"),
    *rows(USAGE, "is no JSON", "event OPEN --payload nope"),
    *rows(USAGE, "is no object", "event OPEN --payload []"),
    *rows(USAGE, "needs its reason", "reject MINE | reject MINE --reason EMPTY"),
    *rows(USAGE, "needs a reason", "close OPEN --force"),
    *rows(USAGE, "--explain stands alone", "ready --explain --claim"),
    *rows(
        USAGE,
        "No such option",
        """phase OPEN --bogus | progress OPEN --bogus | next OPEN --bogus | blocker OPEN add no --bogus
        | evidence OPEN --bogus | artifact OPEN a --bogus | event OPEN --bogus | accept OPEN --bogus
        | reject OPEN --bogus | gates --bogus | gates trust --bogus""",
    ),
    *rows(
        USAGE, "Missing argument", "phase | progress | next | blocker | blocker OPEN | evidence | artifact OPEN | event"
    ),
]
