# Where notes lie: $NOTES_DIR/1, $NOTES_DIR/2, ...

mkdir -p "$NOTES_DIR"

note_ids() {
    ls "$NOTES_DIR" | grep -x '[0-9][0-9]*' | sort -n
}

note_path() {
    [ -r "$NOTES_DIR/$1" ] || { echo "notes: there is no note $1" >&2; exit 1; }
    printf '%s\n' "$NOTES_DIR/$1"
}
