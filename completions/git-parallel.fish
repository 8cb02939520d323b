# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_git_parallel_global_optspecs
    string join \n color= q/quiet v/verbose h/help V/version
end

function __fish_git_parallel_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_git_parallel_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_git_parallel_using_subcommand
    set -l cmd (__fish_git_parallel_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c git-parallel -n "__fish_git_parallel_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_needs_command" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "analyze" -d 'Tell what the repository is made of, what changes together, and how many could work side by side'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "split" -d 'Decide whether and how to divide the work, and keep the plan'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "run" -d 'Run a plan: a worktree, a branch and a session for every task'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "status" -d 'Show where a run or a task stands'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "logs" -d 'Show what the sessions of a run printed'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "attach" -d 'Look on while sessions work'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "stop" -d 'End the sessions of a run or of one task, and keep what they did'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "retry" -d 'Do a task again, or every task of a run that came to nothing'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "wait" -d 'Wait until runs or tasks have ended'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "each" -d 'Run a command in every worktree of a run at once'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "check" -d 'Tell which branches merge with each other, pair by pair, and which land together'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "resolve" -d 'Resolve a branch\'s conflict inside its own worktree'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "merge" -d 'Land branches on the target, all or none, in the best order'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "clean" -d 'Remove worktrees and landed branches; keep what is nowhere else, and say why'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "remove" -d 'Remove worktrees and landed branches; keep what is nowhere else, and say why'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "undo" -d 'Take back the last merge or clean-up, or list what there is to take back'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "report" -d 'Report what came of a run'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "approve" -d 'Approve the commands that this repository brings along, after a look at them'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "angles" -d 'Analyse code from up to four perspectives at once, with a model on Ollama or alike'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "doctor" -d 'Look for what is missing or was left behind, and mend it'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "demo" -d 'Watch the whole way on a throw-away repository, in seconds'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "agents" -d 'Show which agents are here, and which of their roles and skills suit a task'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "completions" -d 'Print the completion script of a shell, or install it'
complete -c git-parallel -n "__fish_git_parallel_needs_command" -f -a "man" -d 'Print a manual page, or install all of them'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -l goal -d 'Instead, which files a goal is probably about' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -l evaluate -d 'Instead, how well the conflict forecast would have done on the latest 2,000 changes'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand analyze" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l variants -d 'Do not divide the goal: have so many try all of it, and keep the best take' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l from -d 'Take the tasks from a Markdown or JSON file; - is standard input' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l tasks -d 'Take these tasks, by their titles' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l prompt -d 'What to tell the agent of every task of --tasks' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l base -d 'The commit that worktrees start from [default: the branch that results go to]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l into -d 'The branch that results go to [default: the current branch]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l scope -d 'How much work it is: small, medium, large, xlarge or a time such as 45m' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l splits -d 'How many tasks to work on at once' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l splitter -d 'Who divides a goal [default: parallel.splitter, or auto]' -r -f -a "auto\t'As configured; else the structure. No model is asked unless somebody said so'
structure\t'The words of the goal and the repository\'s structure and past: no model is asked'
agent\t'A headless agent: --agent, else parallel.agent'
ollama\t'A model on Ollama, or what speaks like it: --model, --host and --api, else as configured'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l agent -d 'With --splitter agent: which agent is asked [default: parallel.agent]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l host -d 'Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l api -d 'How it is spoken to [default: parallel.modelApi, ollama]' -r -f -a "ollama\t'Ollama\'s own API'
openai\t'OpenAI\'s chat completions, as llama.cpp, vLLM and LM Studio serve them'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l model -d 'The model [default: parallel.model, the one with the most useful context]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s o -l output -d 'Also write the plan to a file: JSON, or a task file where it ends in .md' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l format -d 'How the plan is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'
markdown\t'A task file, which split and run read again'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l documents -d 'What every task of --tasks makes is a document, not a change'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s f -l force -d 'Plan a goal although dividing it does not pay off; overwrite the file of --output'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s n -l dry-run -d 'Show the plan and store nothing'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand split" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l from -d 'Take the tasks from a Markdown or JSON file; - is standard input' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l tasks -d 'Take these tasks, by their titles' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l prompt -d 'What to tell the agent of every task of --tasks' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l base -d 'The commit that worktrees start from [default: the branch that results go to]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l into -d 'The branch that results go to [default: the current branch]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l scope -d 'How much work it is: small, medium, large, xlarge or a time such as 45m' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l splits -d 'How many tasks to work on at once' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l splitter -d 'Who divides a goal [default: parallel.splitter, or auto]' -r -f -a "auto\t'As configured; else the structure. No model is asked unless somebody said so'
structure\t'The words of the goal and the repository\'s structure and past: no model is asked'
agent\t'A headless agent: --agent, else parallel.agent'
ollama\t'A model on Ollama, or what speaks like it: --model, --host and --api, else as configured'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l agent -d 'Let this agent work in each worktree, with its narrowest permissions that suffice; what follows -- is added to its arguments [default: parallel.agent]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l exec -d 'Run this line with sh -c in each worktree' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l launcher -d 'Where sessions run: local, as processes beside this one; tmux, each in a window that `git parallel attach` shows; or slurm, each as a job on a node that shares this repository\'s folder [default: parallel.launcher, or local]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l workers -d 'How many sessions at once [default: parallel.workers, or 5]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l timeout -d 'End a session after this long [default: parallel.timeout, or 1h]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l retries -d 'Try a task that failed this often again' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l max-fail -d 'Start nothing new once so many tasks have failed; those at work go on' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l verify -d 'A shell line that must succeed in a task\'s worktree before the task is done' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l on-event -d 'Tell this shell line what happens: the event as JSON on standard input, its name in $GIT_PARALLEL_EVENT; it has 10 s each time and cannot hold the run up [default: parallel.onEvent]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l resume -d 'Go on with a run that was stopped, interrupted or has failed tasks [default: the latest]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l documents -d 'What every task of --tasks makes is a document, not a change'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l bell -d 'Ring the terminal\'s bell when a task needs somebody, and at the end [default: parallel.bell]'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l no-launch -d 'Make the worktrees and start nothing in them'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l detach -d 'Go on in the background, whatever becomes of this terminal'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -s n -l dry-run -d 'Show what would be made, and make nothing'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand run" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -l on-event -d 'With --watch: tell this shell line what happens, as run --on-event does' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -s w -l watch -d 'Stay and show the run as it goes on, until it has ended; exits as run does then'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -l bell -d 'With --watch: ring the terminal\'s bell when a task needs somebody, and at the end [default: parallel.bell]'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand status" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -l attempt -d 'This attempt, instead of the latest' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -l tail -d 'Only the last N lines of each log' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -s f -l follow -d 'Go on until the sessions have ended'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -l raw -d 'The bytes as they are, on a terminal and of an agent, too'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand logs" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand attach" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand attach" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand attach" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand attach" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand stop" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -l detach -d 'Go on in the background, where no supervisor lives'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand retry" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -l any -d 'Only until the first task of them that has not ended yet ends; its outcome decides the exit code'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand wait" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -s j -l jobs -d 'How many at once [default: parallel.workers, or 5]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -l timeout -d 'End the command in a worktree after this long [default: parallel.timeout, or 1h]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand each" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l branches -d 'All local branches, or those that match GLOB' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l remotes -d 'All remote-tracking branches, or those that match GLOB' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l plan -d 'The tasks of a plan, by what they declare, before any code exists' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l into -d 'Branch that results go to; conflicts with it count' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l worktrees -d 'All worktrees, with what is not committed there'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l patch -d 'Also the conflicting lines: of the base and of both sides'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l name-only -d 'Only the conflicted paths, one a line'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l stdin -d 'Read lines of two or more revisions and answer each with one line of JSON'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -s z -d 'With --name-only: end each path in NUL. With --stdin: each revision ends in NUL, and each line in one more'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand check" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l with -d 'Merge this branch instead of the one found to conflict' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l into -d 'Branch that results go to [default: the run\'s]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l agent -d 'Let the task\'s agent resolve it: what worked at the task works again, or this one' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l exec -d 'Let this line resolve it, run with sh -c in the worktree' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l timeout -d 'End the agent after this long [default: the run\'s limit]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l verify -d 'A shell line that must succeed on the resolved merge before it is committed' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l continue -d 'Commit what was resolved; nothing may be left open'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l abort -d 'Take the merge back'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l no-verify -d 'Skip the hooks that git runs when it commits'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand resolve" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l into -d 'Branch that results go to [default: the run\'s, else the one checked out]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l strategy -d 'How work comes in: merge, squash or rebase [default: git\'s parallel.strategy, else merge]' -r -f -a "merge\t''
squash\t''
rebase\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l verify -d 'A shell line that must succeed on the merged result before anything moves' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l partial -d 'Land what lands, and name the rest with the reason'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l pr -d 'Push the branches and open a pull request for each, instead of merging'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l draft -d 'Open pull requests as drafts'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l no-verify -d 'Skip the hooks pre-merge-commit, prepare-commit-msg and commit-msg; with --pr pre-push'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l clean -d 'Then clean up after the tasks that landed, as clean does'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -s n -l dry-run -d 'Only say what would be done'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand merge" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l into -d 'Branch that must hold what goes [default: the run\'s target]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l older-than -d 'Of the trash only what has waited for so long: 12h, 720h' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s f -l force -d 'Move what is nowhere else to the trash, too'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s n -l dry-run -d 'Only say what would be done'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l empty-trash -d 'Instead, delete for good what waits in the trash'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand clean" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l into -d 'Branch that must hold what goes [default: the run\'s target]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l older-than -d 'Of the trash only what has waited for so long: 12h, 720h' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s f -l force -d 'Move what is nowhere else to the trash, too'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s n -l dry-run -d 'Only say what would be done'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l empty-trash -d 'Instead, delete for good what waits in the trash'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand remove" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s l -l list -d 'List what this tool changed, the last first, and what of it can be taken back'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s f -l force -d 'Also a merge that was pushed, that others are built on, or whose branches are cleaned up, and a run whose work was merged'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s n -l dry-run -d 'Only say what would be done'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand undo" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -l agent -d 'The agent for --synthesize; else the one that worked at the run' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -l format -d 'How the report is wanted' -r -f -a "text\t'For the terminal'
markdown\t'For a pull request, with a Mermaid timeline'
json\t'For programs'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -l synthesize -d 'Have an agent make one document of those that the tasks wrote, in the place of the joined one'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand report" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s l -l list -d 'List what was approved for this repository'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -l revoke -d 'Take back everything that was approved for this repository'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s n -l dry-run -d 'Only show what would be approved'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand approve" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "plan" -d 'Show what would be asked: angles, files, requests, what is left out'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "run" -d 'Look at code from several angles at once, and report what was found'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "list" -d 'List the analyses of this repository, the latest last'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "show" -d 'Show the findings of an analysis again, with what was combined'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "ask" -d 'Ask one angle further: its conversation goes on'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and not __fish_seen_subcommand_from plan run list show ask combine" -f -a "combine" -d 'Combine angles: two, three or all of them, or for a question of your own'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l angles -d 'Only these angles, by number or name' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l strategy -d 'Software Quality, Feature Analysis, Implementation Review, or one of your own [default: by the words of the question]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l strategies -d 'A file with strategies, in the form of git\'s configuration' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l context -d 'Tokens that the model takes at once [default: what it has loaded, or needs]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l at-once -d 'Requests at once [default: one an angle]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l host -d 'Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l api -d 'How it is spoken to [default: parallel.modelApi, ollama]' -r -f -a "ollama\t'Ollama\'s own API'
openai\t'OpenAI\'s chat completions, as llama.cpp, vLLM and LM Studio serve them'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l model -d 'The model [default: parallel.model, the one with the most useful context]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l angles -d 'Only these angles, by number or name' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l strategy -d 'Software Quality, Feature Analysis, Implementation Review, or one of your own [default: by the words of the question]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l strategies -d 'A file with strategies, in the form of git\'s configuration' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l context -d 'Tokens that the model takes at once [default: what it has loaded, or needs]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l at-once -d 'Requests at once [default: one an angle]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l host -d 'Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l api -d 'How it is spoken to [default: parallel.modelApi, ollama]' -r -f -a "ollama\t'Ollama\'s own API'
openai\t'OpenAI\'s chat completions, as llama.cpp, vLLM and LM Studio serve them'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l model -d 'The model [default: parallel.model, the one with the most useful context]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l resume -d 'Go on with an analysis: what was not answered is asked (again); with --angles, only of these' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
markdown\t'For an issue or a pull request'
json\t'For programs: one document, documented and versioned'
sarif\t'For code hosts and editors'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -s y -l yes -d 'Begin without asking, however many requests it takes'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
markdown\t'For an issue or a pull request'
json\t'For programs: one document, documented and versioned'
sarif\t'For code hosts and editors'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -l host -d 'Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -l api -d 'How it is spoken to [default: parallel.modelApi, ollama]' -r -f -a "ollama\t'Ollama\'s own API'
openai\t'OpenAI\'s chat completions, as llama.cpp, vLLM and LM Studio serve them'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -l model -d 'The model [default: parallel.model, the one with the most useful context]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from ask" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l ask -d 'A question of your own, instead of the usual purpose' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l host -d 'Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l api -d 'How it is spoken to [default: parallel.modelApi, ollama]' -r -f -a "ollama\t'Ollama\'s own API'
openai\t'OpenAI\'s chat completions, as llama.cpp, vLLM and LM Studio serve them'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l model -d 'The model [default: parallel.model, the one with the most useful context]' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l all -d 'All angles that have answered'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand angles; and __fish_seen_subcommand_from combine" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -l fix -d 'Mend what can be mended without a loss'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -l keep -d 'Leave the repository, to play on'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand demo" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -l ask -d 'Ask it this, with no right to edit anything, and show the answer' -r
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -l schema -d 'With --ask: the answer is to be JSON of the schema in this file' -r -F
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -l format -d 'How the report is wanted' -r -f -a "text\t'For people'
json\t'For programs: one document, documented and versioned'"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -l json -d 'Short for --format json'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand agents" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -l install -d 'Put the script where the shell looks, for this user'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -s n -l dry-run -d 'Only say where it would be put'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR says otherwise'
always\t''
never\t''"
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -s q -l quiet -d 'Answers and errors only'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -s v -l verbose -d 'Also say what is done on the way'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -l install -d 'Put all pages where `man` looks, for this user'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -s n -l dry-run -d 'Only say where they would be put'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand man" -s V -l version -d 'Print version'
complete -c git-parallel -n "__fish_git_parallel_using_subcommand completions" -f -a "bash zsh fish"

# `git parallel <TAB>`: what fish's own git completion does for any git-NAME on PATH, except that
# fish 3.6.0 looks for `git git-parallel`.
complete -c git -f -n __fish_git_needs_command -a parallel -d 'Turn one goal into several finished branches'
complete -c git -f -n '__fish_git_using_command parallel' -a '(__fish_git_complete_custom_command parallel)'
