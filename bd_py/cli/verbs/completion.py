"""``tk completion SHELL``: the script that teaches a shell tk's commands, options, ids and their titles."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context

BASH = r"""# bash completion for tk: eval "$(tk completion bash)"
_tk() {
    local -a words=() lines=()
    local word line k cut
    for ((k = 1; k <= COMP_CWORD; k++)); do
        word=${COMP_WORDS[k]}
        # bash breaks words at = and :, tk does not
        if ((k > 1)) && [[ $word == [=:]* || ${COMP_WORDS[k - 1]} == [=:] ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    mapfile -t lines < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
    COMPREPLY=()
    word=${words[${#words[@]} - 1]}
    case ${lines[0]-} in
        :files) compopt -o default; return ;;
        :folders) compopt -o dirnames; return ;;
    esac
    cut=${word%"${word##*[=:]}"}
    for line in "${lines[@]}"; do
        if ((COMP_TYPE == 63 && ${#lines[@]} > 1)) && [[ $line == *$'\t'* ]]; then
            line="${line%%$'\t'*}  ${line#*$'\t'}"
            line=${line:0:${COLUMNS:-80}}
        else
            line=${line%%$'\t'*}
        fi
        COMPREPLY+=("${line#"$cut"}")
    done
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:,] ]] && compopt -o nospace
    ((COMP_TYPE == 63)) && compopt -o nosort 2>/dev/null
    return 0
}
complete -F _tk tk"""

ZSH = r"""#compdef tk
# zsh completion for tk: eval "$(tk completion zsh)"
_tk() {
    local -a lines values shown
    local line
    lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    case ${lines[1]-} in
        :files) _files; return ;;
        :folders) _files -/; return ;;
    esac
    for line in "${lines[@]}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        if [[ $line == *$'\t'* ]]; then
            shown+=("${line%%$'\t'*}  ${line#*$'\t'}")
        else
            shown+=("$line")
        fi
    done
    (( ${#values} )) && compadd -l -V tk -d shown -a values
}
if [ "${funcstack[1]-}" = _tk ]; then
    _tk "$@"
else
    compdef _tk tk
fi"""

FISH = r"""# fish completion for tk: tk completion fish > ~/.config/fish/completions/tk.fish
function __tk_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':folders'
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\n' $lines
    end
end
complete -c tk -f -k -a '(__tk_complete)'"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def run(ctx: Context, shell: str) -> None:
    """Print the script for the shell; it asks `bd_py.cli.complete` whenever Tab is pressed."""
    if ctx.json:
        ctx.emit({"shell": shell, "script": SCRIPTS[shell]})
    else:
        ctx.out(SCRIPTS[shell])


VERB = Verb(
    "completion",
    run,
    "Print the completion script of a shell",
    details="""For bash, put eval "$(tk completion bash)" into ~/.bashrc; for zsh, the same with zsh into
    ~/.zshrc, below compinit; for fish, write the script to ~/.config/fish/completions/tk.fish. bash 4.4
    or later is needed. Commands, options, their values and ids are completed; ids are shown with their titles.""",
    examples=("tk completion bash", "tk completion fish"),
    arguments=(Argument("shell", "Which shell.", choices=tuple(SCRIPTS)),),
)
