
# `git parallel <TAB>`: what fish's own git completion does for any git-NAME on PATH, except that
# fish 3.6.0 looks for `git git-parallel`.
complete -c git -f -n __fish_git_needs_command -a parallel -d 'Turn one goal into several finished branches'
complete -c git -f -n '__fish_git_using_command parallel' -a '(__fish_git_complete_custom_command parallel)'
