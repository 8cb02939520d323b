
# `git parallel <TAB>`: git's own completion calls this function by its name, with `words` and
# `cword` as typed and `__git_cmd_idx` where the command stands (after `git -C folder`, say).
_git_parallel() {
    local at="${__git_cmd_idx:-1}"
    local -a COMP_WORDS=(git-parallel "${words[@]:at + 1}")
    local COMP_CWORD=$((cword - at))
    # git's completion adds its spaces itself; ours wants bash to do it.
    compopt +o nospace 2>/dev/null
    _git__parallel git-parallel "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}
