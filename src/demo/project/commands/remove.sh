rm "$(note_path "$1")"
