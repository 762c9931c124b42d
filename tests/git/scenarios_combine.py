"""The ways in which git combines three branches, as steps. Each begins on main, which has a remote of its own."""

from __future__ import annotations

from tests.git.scenarios import KINDS

# A step is a git command line, or: `work`, a commit with some changes; `draft`, changes that are not committed;
# `end`, a commit of drafts.
SCENARIOS = {
    "merge": "merge bob",
    "merge the other way": "checkout bob; merge main",
    "merge both": "merge bob; merge zara",
    "merge criss-cross": "checkout -b x; merge bob; checkout bob; merge main; work; merge x; checkout x; merge bob",
    "merge without common history": "checkout --orphan alone; rm -rqf .; checkout bob -- .; work; merge main "
    "--allow-unrelated-histories",
    "octopus": "merge bob zara",
    "octopus, work, octopus": "merge bob zara; work; checkout bob; work; checkout zara; work; checkout main; "
    "merge bob zara",
    "rebase": "checkout bob; rebase main",
    "rebase, then merge": "checkout bob; rebase main; checkout main; work; merge bob",
    "rebase of what was pushed, then pull": "checkout bob; push -u origin bob; rebase main; work; "
    "pull --no-rebase origin bob",
    "rebase onto a rebased branch": "checkout bob; rebase main; checkout zara; rebase bob; checkout main; merge zara",
    "squash": "merge --squash bob; end",
    "squash, more work, merge": "merge --squash bob; end; checkout bob; work; checkout main; work; merge bob",
    "squash, more work, squash": "merge --squash bob; end; checkout bob; work; checkout main; merge --squash bob; end",
    "squash, more work, rebase": "merge --squash bob; end; checkout bob; work; rebase main",
    "squash of two branches, then one by one": "merge --squash bob; end; merge --squash zara; end; merge bob; "
    "merge zara",
    "revert": "merge bob; revert bob~2",
    "revert and revert of the revert": "merge bob; revert bob~2; work; revert HEAD~1",
    "revert on both sides": "merge bob; checkout zara; merge bob; revert bob~2; checkout main; revert bob~2; "
    "merge zara",
    "revert on one side, work on the other": "merge bob; revert bob~4; checkout bob; work; checkout main; work; "
    "merge bob",
    "revert of a merge": "merge --no-ff bob; revert -m 1 HEAD",
    "revert of a merge and revert of the revert": "merge --no-ff bob; revert -m 1 HEAD; work; revert HEAD~1; merge bob",
    "revert of a squash": "merge --squash bob; end; revert HEAD; work; revert HEAD~1; checkout bob; work; "
    "checkout main; merge bob",
    "reset of a pushed commit and pull": "push -u origin main; reset --hard HEAD~3; pull --ff-only",
    "reset of a pushed commit, work, pull": "push -u origin main; reset --hard HEAD~3; work; pull --no-rebase",
    "reset of a pushed commit, work, pull by rebase": "push -u origin main; reset --hard HEAD~3; work; pull --rebase",
    "soft reset": "push -u origin main; reset --soft HEAD~3; work; pull --no-rebase",
    "a branch name used again": "merge bob; branch -D bob; checkout -b bob; work; checkout main; work; merge bob",
    "a branch name used again for other work": "branch -m bob kept; checkout -b bob; work; checkout kept; work; "
    "checkout main; merge bob kept",
    "amend": "work; draft; add .tasks; commit --amend --no-edit",
    "amend of what was pushed, then pull": "work; push -u origin main; draft; add .tasks; commit --amend --no-edit; "
    "work; pull --no-rebase",
    "amend on both sides": "work; checkout -b copy; draft; add .tasks; commit --amend --no-edit; checkout main; "
    "draft; add .tasks; commit --amend --no-edit; merge copy",
    "stash and pop": "draft; stash -u; work; stash pop; end",
    "stash, merge and pop": "draft; add .tasks; stash; merge bob; work; stash pop; end",
    "stash on one branch, pop on another": "draft; stash -u; checkout bob; work; stash pop; end; checkout main; "
    "merge bob",
    "detached HEAD": "checkout --detach; work; work; branch kept; checkout main; work; merge kept",
    "detached HEAD, cherry-picked later": "checkout --detach; work; draft; end; checkout main; work; "
    "cherry-pick HEAD@{2}",
    "cherry-pick of a range": "cherry-pick bob~4..bob",
    "cherry-pick both ways, then merge": "cherry-pick bob; checkout bob; cherry-pick main~1; checkout main; merge bob",
    "work between staging and commit": "draft; add .tasks; draft; commit -m half; draft; end; checkout bob; "
    "cherry-pick main",
    "squash of what was staged too early": "checkout -b x; draft; add .tasks; draft; commit -m half; checkout main; "
    "merge --squash x; end; checkout x; end; work; checkout main; merge x",
}
SCENARIOS |= {f"cherry-pick of {kind}": f"cherry-pick bob~{k}" for k, kind in enumerate(reversed(KINDS))}
SCENARIOS |= {f"cherry-pick of {kind}, then merge": f"cherry-pick bob~{k}; merge bob" for k, kind in enumerate(KINDS)}
SCENARIOS |= {f"revert of {kind}": f"revert HEAD~{k}; work; merge bob" for k, kind in enumerate(reversed(KINDS))}
