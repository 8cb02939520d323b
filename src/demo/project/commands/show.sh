cat "$(note_path "$1")"
