note_ids | wc -l | tr -d ' '
