"""Git's hooks in whole repositories: what a commit takes along, what it refuses, what stays as git has it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bd_py import paths
from bd_py.service import install
from bd_py.service.checks.hooks import hooks as hooks_check
from tests.conftest import Runner

THEIRS = '#!/bin/sh\necho "{0}" >>"$(git rev-parse --git-common-dir)/theirs"\nexit 0\n'
GPG = """\
#!/bin/sh
cat >/dev/null
case "$*" in
*--verify*) echo "Good signature of ada" >&2; echo "[GNUPG:] GOODSIG 0 ada" ;;
*)
    printf '\\n[GNUPG:] SIG_CREATED x\\n' >&2
    printf -- '-----BEGIN PGP SIGNATURE-----\\nx\\n-----END PGP SIGNATURE-----\\n' ;;
esac
"""
PYTHON = """\
#!/usr/bin/env python3
'''Says.'''
from __future__ import annotations
open(".git/theirs", "a").write("{0}\\n")
"""


@pytest.fixture(autouse=True)
def _tk_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "tk"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.fixture
def hooked(store: Path, git: Runner, tk: Runner) -> Path:
    """A repository with a store and hooks, both committed, and a file of code."""
    tk("install-hooks")
    (store / "code").write_text("1\n")
    git("add", "code")
    git("commit", "-q", "-m", "begin")
    assert git("status", "--porcelain").stdout == ""
    return store


def change(repo: Path, name: str = "code") -> None:
    with (repo / name).open("a") as file:
        file.write("more\n")


def committed(git: Runner, cwd: Path | None = None) -> list[str]:
    """What the last commit changed, segments as "events"."""
    names = git("show", "--format=", "--name-only", "--no-renames", "HEAD", cwd=cwd).stdout.splitlines()
    return sorted("events" if name.startswith(".tasks/log/") else name for name in names)


def commit(git: Runner, message: str, *args: str, cwd: Path | None = None) -> str:
    """Commit with a change to the code, since git looks for one before it runs hooks; what that says."""
    change(cwd or git.cwd)
    return git("commit", "-am", message, *args, cwd=cwd).stderr


def dirty(git: Runner) -> list[str]:
    return git("status", "--porcelain", "-uall").stdout.splitlines()


def show(tk: Runner, task: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tk("show", task, "--json").stdout)[0]
    return found


def new(tk: Runner, title: str = "one") -> str:
    return tk("create", title).stdout.strip()


def head(git: Runner) -> str:
    return git("rev-parse", "HEAD").stdout.strip()


class TestCommit:
    def test_a_plain_commit_takes_the_events_along(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        change(hooked)
        git("add", "code")
        done = git("commit", "-m", "plain")
        assert committed(git) == ["code", "events"]
        assert dirty(git) == []
        assert "tk" not in done.stderr
        new(tk, "after it")  # sealed: a segment of its own
        assert [line[:2] for line in dirty(git)] == ["??"]
        git("add", ".tasks")
        git("commit", "-q", "-m", "tasks alone")
        assert committed(git) == ["events"]

    def test_all_and_amend(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        change(hooked)
        git("commit", "-q", "-a", "-m", "all")
        assert committed(git) == ["code", "events"]
        new(tk, "two")
        git("commit", "-q", "--amend", "--no-edit")
        assert committed(git) == ["code", "events", "events"]
        assert dirty(git) == []

    @pytest.mark.parametrize("args", [("code",), ("--only", "code"), ("-i", "code"), ("--", "code")])
    def test_a_commit_of_a_file(self, hooked: Path, git: Runner, tk: Runner, args: tuple[str, ...]) -> None:
        new(tk)
        change(hooked)
        git("commit", "-q", "-m", "a file", *args)
        assert committed(git) == (["code", "events"] if args[0] == "-i" else ["code"])
        git("fsck", "--strict")
        if args[0] != "-i":
            assert [line[:2] for line in dirty(git)] == ["??"]
            assert git("diff", "--cached", "--name-only").stdout == ""
            change(hooked)
            git("commit", "-q", "-a", "-m", "the rest")
            assert committed(git) == ["code", "events"]
        assert dirty(git) == []

    def test_a_segment_that_was_staged_and_grew(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        git("add", ".tasks")
        new(tk, "two")
        git("commit", "-q", "-m", "both")
        assert dirty(git) == []
        assert git("show", "HEAD", "--format=", "--no-ext-diff", "--no-textconv").stdout.count('+{"id"') == 2

    def test_not_where_it_is_switched_off(self, hooked: Path, git: Runner, tk: Runner) -> None:
        tk("config", "set", "hooks.stage", "false")
        new(tk)
        git("commit", "-q", "-am", "config")
        assert committed(git) == [".tasks/config.toml"]

    def test_what_was_written_on_another_branch_stays(self, hooked: Path, git: Runner, tk: Runner) -> None:
        git("branch", "other")
        change(hooked)
        git("commit", "-qam", "main moves on")
        new(tk, "of main")
        git("checkout", "-q", "other")
        done = git("commit", "--allow-empty", "-m", "on other")
        assert "events that were written on main stay uncommitted" in done.stderr
        assert committed(git) == []
        new(tk, "of other")
        commit(git, "its own")
        assert committed(git) == ["code", "events"]
        git("checkout", "-q", "main")
        commit(git, "back")
        assert committed(git) == ["code", "events"]

    def test_a_branch_that_begins_here_takes_them(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        git("checkout", "-q", "-b", "fix")
        new(tk, "two")
        commit(git, "fix")
        assert committed(git) == ["code", "events", "events"]

    def test_not_while_picking_or_reverting(self, hooked: Path, git: Runner, tk: Runner) -> None:
        git("checkout", "-q", "-b", "side")
        change(hooked)
        git("commit", "-qam", "side")
        git("checkout", "-q", "main")
        (hooked / "code").write_text("other\n")
        git("commit", "-qam", "main")
        new(tk)
        assert git("cherry-pick", "side", check=False).returncode == 1
        (hooked / "code").write_text("both\n")
        git("add", "code")
        git("commit", "-q", "--no-edit")
        assert committed(git) == ["code"]

    def test_in_a_sparse_checkout_it_only_warns(self, hooked: Path, git: Runner, tk: Runner) -> None:
        (hooked / "src").mkdir()
        change(hooked, "src/a")
        git("add", "src")
        git("commit", "-qm", "src")
        git("sparse-checkout", "set", "--no-cone", "/code", "/src/", "/.tasks/*", "!/.tasks/log/")
        new(tk)
        change(hooked)
        done = git("commit", "-am", "sparse")
        assert "did not take the tasks' events along" in done.stderr
        assert "code" in committed(git)

    def test_refuses_conflict_markers(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        [name] = [line[3:] for line in dirty(git)]
        segment = hooked / name
        good = segment.read_bytes()
        segment.write_bytes(b"<<<<<<< HEAD\n" + good + b"=======\n>>>>>>> x\n")
        git("add", ".tasks")
        done = git("commit", "-m", "bad", check=False)
        assert done.returncode == 1
        for line in (1, 3, 4):
            assert f"tk: {name}:{line}: a conflict marker" in done.stderr
        assert "'tk sync' drops them" in done.stderr
        segment.write_bytes(good)  # what is staged counts
        assert git("commit", "-m", "bad", "code", check=False).returncode == 1
        segment.write_bytes(b"<<<<<<< HEAD\n" + good)
        tk("sync")
        git("add", ".tasks")
        git("commit", "-q", "-m", "good")
        assert committed(git) == ["events"]

    def test_warns_of_bad_lines(self, hooked: Path, git: Runner, tk: Runner) -> None:
        new(tk)
        [name] = [line[3:] for line in dirty(git)]
        with (hooked / name).open("a") as file:
            file.write("no event\n{}\n")
        assert "2 lines of the log are no events: 'tk doctor'" in commit(git, "x")

    def test_variables_of_another_repository(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        new(tk)
        other = tmp_path / "other"
        git("init", "-q", other, cwd=tmp_path)
        env = {"GIT_DIR": f"{other}/.git", "GIT_INDEX_FILE": f"{other}/.git/index", "TK_DIR": str(other)}
        tk("hook", "pre-commit", env=env)
        assert [line[:2] for line in dirty(git)] == ["??"]
        tk("hook", "pre-commit", env={"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index"})
        assert [line[:2] for line in dirty(git)] == ["A "]

    def test_variables_that_a_script_set(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        new(tk)
        change(hooked)
        git("commit", "-qam", "x", env={"GIT_DIR": f"{hooked}/.git", "GIT_WORK_TREE": str(hooked)})
        assert committed(git) == ["code", "events"]
        new(tk, "two")
        change(hooked)
        index = tmp_path / "index"
        index.write_bytes((hooked / ".git/index").read_bytes())
        git("commit", "-qam", "y", env={"GIT_INDEX_FILE": str(index)})
        assert committed(git) == ["code"]

    @pytest.mark.parametrize("name", ["pkg a", "über", 'a "b" \\ c'])
    def test_a_store_below_the_top(self, repo: Path, git: Runner, tk: Runner, name: str) -> None:
        sub = repo / name
        (sub / ".tasks").mkdir(parents=True)
        tk("init", "--hooks", cwd=sub)
        tk("create", "one", cwd=sub)
        change(repo)
        git("add", "code")
        git("commit", "-q", "-m", "x")
        names = git("show", "--format=", "--name-only", "-z", "HEAD").stdout.split("\0")
        assert {found.split("/")[0] for found in names if found} == {"code", name}
        assert dirty(git) == []
        assert tk("doctor", cwd=sub, check=False).stdout.count("post-") == 0


class TestExport:
    def test_refreshed_and_taken_in(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        tk("config", "set", "export.path", ".beads/issues.jsonl")
        task = new(tk)
        git("add", ".tasks/config.toml")
        git("commit", "-q", "-m", "export")
        assert committed(git) == [".beads/issues.jsonl", ".tasks/config.toml", "events"]
        record = json.loads((hooked / ".beads/issues.jsonl").read_text())
        assert (record["id"], record["title"]) == (task, "one")

        other = tmp_path / "other"  # where only the other tool runs
        git("clone", "-q", hooked, other)
        record.update(title="theirs", updated_at="2099-01-01T00:00:00Z")
        (other / ".beads/issues.jsonl").write_text(json.dumps(record) + "\n")
        git("commit", "-qam", "theirs", cwd=other)
        done = git("pull", "--no-rebase", other, "main")
        assert "1 task taken in from .beads/issues.jsonl" in done.stderr
        assert show(tk, task)["title"] == "theirs"
        commit(git, "so be it")
        assert "events" in committed(git)
        assert dirty(git) == []

    def test_what_another_tool_wrote_is_not_written_over(self, hooked: Path, git: Runner, tk: Runner) -> None:
        tk("config", "set", "export.path", "issues.jsonl")
        task = new(tk)
        git("commit", "-qam", "x")
        record = json.loads((hooked / "issues.jsonl").read_text())
        record.update(title="theirs", updated_at="2099-01-01T00:00:00Z")
        (hooked / "issues.jsonl").write_text(json.dumps(record) + "\n")
        new(tk, "two")
        commit(git, "y")
        assert show(tk, task)["title"] == "theirs"
        assert len((hooked / "issues.jsonl").read_text().splitlines()) == 2
        assert dirty(git) == []
        (hooked / "issues.jsonl").write_text("<<<<<<< HEAD\n")
        new(tk, "three")
        change(hooked)
        git("add", "code")
        assert "issues.jsonl:1: a conflict marker" in git("commit", "-m", "z").stderr
        assert (hooked / "issues.jsonl").read_text() == "<<<<<<< HEAD\n"
        assert committed(git) == ["code", "events"]

    def test_never_outside(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        tk("config", "set", "export.path", "../out.jsonl")
        new(tk)
        done = git("commit", "-am", "x")
        assert "is not in this working tree: left alone" in done.stderr
        assert not (tmp_path / "out.jsonl").exists()


class TestTrailers:
    def test_refs_and_closes(self, hooked: Path, git: Runner, tk: Runner) -> None:
        first, second, third = new(tk), new(tk, "two"), new(tk, "three")
        change(hooked)
        done = git("commit", "-am", f"Work\n\nRefs: {first}, {third}\nCloses: {second} #12\n")
        assert f"tk: closed {second}" in done.stderr
        for task, status in ((first, "open"), (second, "closed"), (third, "open")):
            found = show(tk, task)
            assert (found["status"], found["links"]["commits"]) == (status, [head(git)])
        assert show(tk, second)["close_reason"] == f"Closed by commit {head(git)[:12]}"
        commit(git, f"the close\n\nRefs: {first}")
        assert committed(git) == ["code", "events"]
        assert len(show(tk, first)["links"]["commits"]) == 2

    def test_whatever_log_shows_of_signatures(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        """With ``log.showSignature`` git puts what it thinks of the signature before what was asked for."""
        gpg = tmp_path / "gpg"
        gpg.write_text(GPG)
        gpg.chmod(0o755)
        git("config", "gpg.program", gpg)
        git("config", "log.showSignature", "true")
        task = new(tk)
        commit(git, f"Signed\n\nCloses: {task}", "-S")
        assert "Good signature" in git("log", "-1").stdout
        found = show(tk, task)
        assert (found["status"], found["links"]["commits"]) == ("closed", [head(git)])

    def test_unknown_and_again(self, hooked: Path, git: Runner, tk: Runner) -> None:
        task = new(tk)
        said = commit(git, f"x\n\nCloses: {task}\nCloses: tk-nothere")
        assert "tk: warning: task 'tk-nothere' not found" in said
        before = tk("log", task).stdout
        tk("hook", "post-commit")
        assert tk("log", task).stdout == before

    def test_a_merge_commit(self, hooked: Path, git: Runner, tk: Runner) -> None:
        """git runs no post-commit for a merge that goes through; post-merge looks at the message."""
        task, closed = new(tk), new(tk, "two")
        commit(git, "tasks")
        git("checkout", "-q", "-b", "side")
        change(hooked, "other")
        git("add", "other")
        git("commit", "-qm", f"of side\n\nRefs: {task}")
        of_side = head(git)
        git("add", ".tasks")
        git("commit", "-qm", "the link")
        git("checkout", "-q", "main")
        commit(git, "main")
        git("branch", "ahead")
        said = git("merge", "--no-ff", "-m", f"Merge\n\nRefs: {task}\nCloses: {closed}", "side").stderr
        assert f"tk: closed {closed}" in said
        merge = head(git)
        assert len(git("log", "-1", "--format=%P").stdout.split()) == 2
        assert show(tk, task)["links"]["commits"] == [of_side, merge]
        assert show(tk, closed)["status"] == "closed"
        before = tk("log").stdout
        for args in (("post-merge", "0"), ("post-commit",)):
            tk("hook", *args)
        assert tk("log").stdout == before
        tk("reopen", closed)
        git("add", ".tasks")
        git("commit", "-qm", "reopened")
        git("checkout", "-q", "ahead")
        git("merge", "-q", "--ff-only", merge)  # recorded by whoever made it: not again
        assert show(tk, closed)["status"] == "open"

    def test_a_squash_makes_no_commit(self, hooked: Path, git: Runner, tk: Runner) -> None:
        task = new(tk)
        commit(git, "tasks")
        git("checkout", "-q", "-b", "side")
        commit(git, "of side")
        git("checkout", "-q", "main")
        git("merge", "--squash", "side")
        assert "links" not in show(tk, task)

    def test_two_branches_record_commits_of_one_task(self, hooked: Path, git: Runner, tk: Runner) -> None:
        task = new(tk)
        commit(git, "tasks")
        made = []
        for branch in ("left", "right"):
            git("checkout", "-q", "-b", branch, "main")
            change(hooked, branch)
            git("add", branch)
            git("commit", "-qm", f"x\n\nRefs: {task}")
            made.append(head(git))
            git("add", ".tasks")
            git("commit", "-qm", "the link")
        git("checkout", "-q", "main")
        git("merge", "-q", "--no-edit", "left", "right")
        assert sorted(show(tk, task)["links"]["commits"]) == sorted(made)
        assert json.loads(tk("conflicts", "--json").stdout) == []

    def test_amend_and_rebase(self, hooked: Path, git: Runner, tk: Runner) -> None:
        task = new(tk)
        commit(git, "tasks")
        git("checkout", "-q", "-b", "side")
        change(hooked)
        git("commit", "-qam", f"x\n\nRefs: {task}")
        git("commit", "-q", "--amend", "--no-edit", "--date", "2026-11-20T13:00:00+00:00")
        assert show(tk, task)["links"]["commits"][-1] == head(git)
        commit(git, "the link")
        git("checkout", "-q", "main")
        change(hooked, "other")
        git("add", "other")
        git("commit", "-qm", "main")
        git("checkout", "-q", "side")
        git("rebase", "-q", "main")
        assert git("rev-parse", "HEAD~1").stdout.strip() in show(tk, task)["links"]["commits"]


class TestOthers:
    def test_what_a_merge_and_a_switch_bring(self, hooked: Path, git: Runner, tk: Runner) -> None:
        git("checkout", "-q", "-b", "side")
        new(tk)
        new(tk, "two")
        commit(git, "side")
        assert "2 events went" in git("checkout", "main").stderr
        assert "2 events came in: 'tk sync' tells what changed" in git("merge", "--no-edit", "side").stderr
        assert "tk:" not in git("checkout", "-b", "third").stderr
        assert not list((hooked / ".git/tk/open").iterdir())

    def test_a_rebase(self, hooked: Path, git: Runner, tk: Runner) -> None:
        git("checkout", "-q", "-b", "side")
        new(tk)
        commit(git, "side")
        git("checkout", "-q", "main")
        new(tk, "two")
        change(hooked, "other")
        git("add", "other")
        git("commit", "-qm", "main")
        git("checkout", "-q", "side")
        git("rebase", "main")
        assert len(json.loads(tk("list", "--json").stdout)) == 2
        assert dirty(git) == []

    def test_a_push(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        git("init", "-q", "--bare", tmp_path / "bare", cwd=tmp_path)
        git("remote", "add", "origin", tmp_path / "bare")
        git("push", "-q", "-u", "origin", "main")
        new(tk)
        assert "1 file of task events not committed" in git("push").stderr
        commit(git, "tasks")
        assert "tk:" not in git("push").stderr
        [segment] = (hooked / ".tasks/log").rglob("*.jsonl")
        segment.write_bytes(b"<<<<<<< HEAD\n" + segment.read_bytes())
        git("commit", "-q", "--no-verify", "-am", "bad")
        done = git("push", check=False)
        assert done.returncode == 1
        assert f"{segment.relative_to(hooked)}:1: a conflict marker" in done.stderr

    def test_a_push_of_what_git_takes_for_binary(self, hooked: Path, git: Runner, tmp_path: Path) -> None:
        """A segment that a crash left zeros in, and settings that colour and number what git grep says."""
        git("init", "-q", "--bare", tmp_path / "bare")
        git("remote", "add", "origin", tmp_path / "bare")
        git("push", "-q", "-u", "origin", "main")
        segment = hooked / ".tasks/log/2026-11/01JD3M6Q0R8V5T3C1N.jsonl"
        segment.parent.mkdir(exist_ok=True)
        segment.write_bytes(b"<<<<<<< HEAD\n=======\n>>>>>>> other\n" + b"\0" * 64)
        git("add", "-A")
        git("commit", "-q", "--no-verify", "-m", "markers")
        done = git("-c", "color.ui=always", "-c", "grep.column=true", "push", check=False)
        assert done.returncode == 1
        assert "tk: .tasks/log/2026-11/01JD3M6Q0R8V5T3C1N.jsonl:3: a conflict marker" in done.stderr

    def test_a_push_of_another_branch(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        """Not HEAD counts but what is pushed: each ref's own tip, and only what the other side has not got."""
        git("init", "-q", "--bare", tmp_path / "bare", cwd=tmp_path)
        git("remote", "add", "origin", tmp_path / "bare")
        git("push", "-q", "-u", "origin", "main")
        git("checkout", "-q", "-b", "bad")
        new(tk)
        [segment] = (hooked / ".tasks/log").rglob("*.jsonl")
        good = segment.read_bytes()
        segment.write_bytes(good + b">>>>>>> x\n")
        git("add", ".tasks")
        git("commit", "-q", "--no-verify", "-m", "bad")
        git("checkout", "-q", "main")
        assert "tk:" not in git("push", "origin", "main").stderr
        for refs in (("bad",), ("main", "bad"), ("--all",), ("bad:refs/heads/new",), ("bad:main",)):
            done = git("push", "origin", *refs, check=False)
            assert done.returncode == 1
            assert f"{segment.relative_to(hooked)}:2: a conflict marker" in done.stderr
        git("push", "-q", "--no-verify", "origin", "bad")
        top = git("commit-tree", "bad^{tree}", "-p", "bad", "-m", "on top").stdout.strip()
        git("push", "-q", "origin", f"{top}:refs/heads/bad")  # the other side has the marker already
        assert "mended" in git("checkout", "bad").stderr
        commit(git, "mended")
        git("push", "-q", "origin", "bad:refs/heads/mended")
        git("push", "-q", "origin", ":mended")

    @pytest.mark.parametrize("size", [1, 400])
    def test_a_python_hook_still_reads_what_is_pushed(
        self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path, size: int
    ) -> None:
        git("init", "-q", "--bare", tmp_path / "bare", cwd=tmp_path)
        tk("uninstall-hooks")
        hook = hooked / ".git/hooks/pre-push"
        text = "#!/usr/bin/env python3\nimport sys\nopen('.git/pushed', 'w').write(sys.stdin.read())\n"
        hook.write_text(text)
        hook.chmod(0o755)
        tk("install-hooks")
        head_now = head(git) + "\n"
        for number in range(size):
            (hooked / f".git/refs/heads/b{number}").write_text(head_now)
        new(tk)
        done = git("push", tmp_path / "bare", "--all")
        assert "1 file of task events not committed" in done.stderr
        assert len((hooked / ".git/pushed").read_text().splitlines()) == size + 1
        tk("uninstall-hooks")
        assert hook.read_text() == text

    def test_linked_worktrees(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        linked = tmp_path / "linked"
        git("worktree", "add", "-q", "-b", "side", linked)
        tk("create", "there", cwd=linked)
        change(linked)
        git("commit", "-qam", "x", cwd=linked)
        assert committed(git, linked) == ["code", "events"]
        assert {h.state for h in install.install(paths.Paths(f"{linked}/.tasks")).hooks} == {"there"}
        tk("uninstall-hooks", cwd=linked)
        assert not (hooked / ".git/hooks/pre-commit").exists()

    def test_worktrees_of_a_bare_repository(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        bare = tmp_path / "bare.git"
        git("clone", "-q", "--bare", hooked, bare, cwd=tmp_path)
        git("worktree", "add", "-q", tmp_path / "w", "main", cwd=bare)
        tk("install-hooks", cwd=tmp_path / "w")
        tk("create", "x", cwd=tmp_path / "w")
        commit(git, "x", cwd=tmp_path / "w")
        assert committed(git, tmp_path / "w") == ["code", "events"]
        assert tk("install-hooks", cwd=bare, check=False).returncode == 3

    @pytest.mark.parametrize("theirs", [THEIRS, PYTHON], ids=["sh", "python"])
    def test_theirs_fire_too(self, store: Path, git: Runner, tk: Runner, theirs: str) -> None:
        for event in ("pre-commit", "post-commit", "pre-push", "post-checkout"):
            path = store / ".git/hooks" / event
            path.write_text(theirs.format(event))
            path.chmod(0o755)
        tk("install-hooks")
        task = new(tk)
        (store / "code").write_text("1\n")
        git("add", "code")
        git("commit", "-q", "-m", f"x\n\nRefs: {task}")
        assert "events" in committed(git)
        assert show(tk, task)["links"]["commits"] == [head(git)]
        assert (store / ".git/theirs").read_text().split() == ["pre-commit", "post-commit"]
        assert hooks_check(paths.Paths(f"{store}/.tasks")) == []
        assert (store / ".git/theirs").read_text().split() == ["pre-commit", "post-commit"]

    def test_standard_input_is_theirs(self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
        git("init", "-q", "--bare", tmp_path / "bare", cwd=tmp_path)
        tk("uninstall-hooks")
        hook = hooked / ".git/hooks/pre-push"
        hook.write_text('#!/bin/sh\ncat >"$(git rev-parse --git-common-dir)/refs-pushed"\n')
        hook.chmod(0o755)
        tk("install-hooks")
        git("push", "-q", tmp_path / "bare", "main")
        pushed = hooked / ".git/refs-pushed"
        assert pushed.read_text() == f"refs/heads/main {head(git)} refs/heads/main {'0' * 40}\n"
        new(tk)
        git("push", tmp_path / "bare", "main")
        assert pushed.read_text() == ""
        head_now = head(git) + "\n"
        for number in range(400):  # more than a pipe takes at once
            (hooked / f".git/refs/heads/b{number}").write_text(head_now)
        git("push", "-q", tmp_path / "bare", "--all")
        assert len(pushed.read_text().splitlines()) == 400

    def test_with_tk_gone_git_goes_on(
        self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for how in ("gone", "broken"):
            new(tk, how)
            if how == "gone":
                path = os.environ["PATH"].split(":")
                monkeypatch.setenv("PATH", ":".join(p for p in path if not os.path.exists(p + "/tk")))
            else:
                broken = tmp_path / "broken"
                broken.mkdir()
                (broken / "tk").write_text("#!/nowhere/python\n")
                (broken / "tk").chmod(0o755)
                monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
            change(hooked)
            done = git("commit", "-qam", f"x\n\nRefs: {how}")
            assert how == "broken" or done.stderr == ""
            assert committed(git) == ["code"]
            git("checkout", "-q", "-B", "side")
            git("commit", "-q", "--amend", "--no-edit")
            git("checkout", "-q", "-B", "main")
            git("merge", "-q", "side")
            git("rebase", "-q", "HEAD~1")
            git("init", "-q", "--bare", tmp_path / how, cwd=tmp_path)
            git("push", "-q", tmp_path / how, "main")

    def test_doctor_fires_each(self, hooked: Path, tk: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        where = paths.Paths(f"{hooked}/.tasks")
        assert hooks_check(where) == []
        hook = hooked / ".git/hooks/post-merge"
        good = hook.read_text()
        hook.write_text(good.replace("# made by tk install-hooks\n", "exit 0\n"))
        [finding] = hooks_check(where)
        assert (finding.level, finding.reason) == ("error", "post-merge does not reach tk: it said nothing")
        hook.write_text("#!/bin/sh\n")
        [finding] = hooks_check(where)
        assert (finding.level, finding.reason) == ("warning", "post-merge is not set up")
        hook.write_text(good)
        path = [p for p in os.environ["PATH"].split(":") if not os.path.exists(p + "/tk")]
        monkeypatch.setenv("PATH", ":".join(path))
        assert {f.reason.split(" ", 1)[1] for f in hooks_check(where)} == {"does nothing: tk is not on PATH"}

    def test_the_first_write_of_a_clone_says_so_once(
        self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path
    ) -> None:
        assert new(tk)
        git("clone", "-q", hooked, tmp_path / "clone")
        done = tk("create", "x", cwd=tmp_path / "clone")
        assert done.stderr.startswith("hint: task events are new files: 'git add .tasks'")
        assert len(done.stderr.splitlines()) == 1
        assert tk("create", "y", cwd=tmp_path / "clone").stderr == ""
        git("clone", "-q", hooked, tmp_path / "with")
        tk("install-hooks", cwd=tmp_path / "with")
        assert tk("create", "x", cwd=tmp_path / "with").stderr == ""

    def test_nothing_starts_tk_where_nothing_is_concerned(
        self, hooked: Path, git: Runner, tk: Runner, tmp_path: Path
    ) -> None:
        git("init", "-q", "--bare", tmp_path / "bare", cwd=tmp_path)
        git("remote", "add", "origin", tmp_path / "bare")
        git("push", "-q", "-u", "origin", "main")
        calls = tmp_path / "calls"
        (tmp_path / "bin/tk").write_text(f'#!/bin/sh\necho "$@" >>"{calls}"\n')
        change(hooked)
        git("commit", "-qam", "x")
        git("commit", "-q", "--amend", "-m", "y")
        git("push", "-q")
        git("checkout", "-q", "-b", "side", "HEAD~1")
        change(hooked, "other")
        git("add", "other")
        git("commit", "-qm", "z")
        git("checkout", "-q", "main")
        git("merge", "-q", "--no-edit", "side")
        git("checkout", "-q", "side")
        git("rebase", "-q", "main")
        git("checkout", "-q", "--", "code")
        assert not calls.exists()


def test_the_probe_prints_and_does_nothing(store: Path, tk: Runner) -> None:
    assert tk("hook", "pre-push", env={"TK_HOOK_PROBE": "word"}).stdout == "tk hook pre-push word\n"
    assert tk("hook", "no-such", check=False).returncode == 2


def test_without_a_store_there_is_nothing_to_do(repo: Path, tk: Runner) -> None:
    done = tk("hook", "pre-commit")
    assert (done.stdout, done.stderr) == ("", "")


def test_an_event_written_while_the_working_tree_is_stashed(hooked: Path, git: Runner, tk: Runner) -> None:
    """As the pre-commit framework does: it takes unstaged changes away for its hooks, and puts them back."""
    new(tk, "staged")
    git("add", ".tasks")
    new(tk, "not staged")
    change(hooked)
    unstaged = git("diff", "--binary", "--no-ext-diff", "--no-textconv").stdout
    git("checkout", "--", ".")
    new(tk, "meanwhile")
    git("apply", "--whitespace=nowarn", input=unstaged)
    titles = {issue["title"] for issue in json.loads(tk("list", "--json").stdout)}
    assert titles == {"staged", "not staged", "meanwhile"}
    git("commit", "-qam", "all")
    assert committed(git) == ["code", *["events"] * 2]
