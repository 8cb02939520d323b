for id in $(note_ids); do
    printf '%s\t%s\n' "$id" "$(head -n 1 "$NOTES_DIR/$id")"
done
