# Completion of sonde in bash. All candidates come from `sonde complete`; where it has none, bash completes files.

_sonde ()
{
  local rest=${COMP_LINE:0:COMP_POINT} words=() i candidates current prefix

  # bash splits words at = and : too; what stands together on the line is one word
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ $i -eq 0 || $rest == [[:space:]]* || -z $rest ]]; then
      words+=("${COMP_WORDS[i]}")
    else
      words[-1]+=${COMP_WORDS[i]}
    fi
    rest=${rest#"${rest%%[![:space:]]*}"}
    rest=${rest#"${COMP_WORDS[i]}"}
  done

  mapfile -t candidates < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
  # bash has only the part behind the last = or : in hand
  current=${words[-1]}
  prefix=${current%"${current##*[=:]}"}
  COMPREPLY=("${candidates[@]#"$prefix"}")
  if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[=.] ]]; then
    compopt -o nospace
  fi
}

complete -o bashdefault -o default -F _sonde sonde
