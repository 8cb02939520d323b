./notes add "buy milk"
./notes add "call Ada"
[ "$(./notes count)" = 2 ]
[ "$(./notes show 2)" = "call Ada" ]
./notes remove 1
[ "$(./notes list)" = "$(printf '2\tcall Ada')" ]
