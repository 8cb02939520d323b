#!/bin/sh
# Runs every tests/*.test.sh with an empty folder for its notes.
cd "$(dirname "$0")/.." || exit 1
failed=0
for test in tests/*.test.sh; do
    NOTES_DIR=$(mktemp -d)
    export NOTES_DIR
    if sh -eu "$test" >"$NOTES_DIR.out" 2>&1; then
        echo "ok    $test"
    else
        echo "FAILED $test"
        cat "$NOTES_DIR.out"
        failed=1
    fi
    rm -r "$NOTES_DIR" "$NOTES_DIR.out"
done
exit $failed
