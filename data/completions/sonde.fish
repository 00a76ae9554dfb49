# Completion of sonde in fish. All candidates come from `sonde complete`; where it has none, fish completes files.

function __sonde_complete
    set -l words (commandline -opc) (commandline -ct)
    command $words[1] complete --describe -- $words[2..-1] 2>/dev/null
end

complete -c sonde -n 'count (__sonde_complete) >/dev/null' -f -a '(__sonde_complete)'
