# shellcheck shell=bash
# Bash completion for defenderd's commands and options; installed into
# share/bash-completion/completions.

# The options of a command, as in its --help.
_defenderd_options() {
  case $1 in
    '') echo --help --version ;;
    run) echo --help --config --desired --observe ;;
    check) echo --help --against --config --desired --output ;;
    diff) echo --help --config --desired --from --observe --only --output --owner ;;
    apply) echo --help --config --confirm --desired --dry-run --max --only --output --owner --yes ;;
    findings) echo --help --config --desired --output ;;
    import) echo --help --config --mode --output --tenant ;;
    journal) echo --help --config --file --output --since --subscription --summary ;;
    healthcheck) echo --help --config --timeout --url ;;
    freeze) echo --help --by --config --except --for --owner --reason --until --url ;;
    thaw) echo --help --by --config --reason --url ;;
    version) echo --help --output ;;
  esac
}

# What -o of a command takes.
_defenderd_forms() {
  case $1 in
    check) echo table json github ;;
    diff) echo table json markdown ;;
    *) echo table json ;;
  esac
}

_defenderd() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=
  local commands='run check diff apply findings import journal healthcheck freeze thaw version'
  if [ "$COMP_CWORD" -gt 1 ]; then command=${COMP_WORDS[1]}; fi
  COMPREPLY=()
  case $previous in
    --against | --config | --desired | --file | --from)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    -o | --output)
      if [ "$command" = import ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(_defenderd_forms "$command")" -- "$current")
      fi
      return
      ;;
    --mode)
      mapfile -t COMPREPLY < <(compgen -W 'observe enforce' -- "$current")
      return
      ;;
    --except)
      mapfile -t COMPREPLY < <(compgen -W enable -- "$current")
      return
      ;;
    --by | --confirm | --for | --max | --only | --owner | --reason | --since | --subscription | --tenant | --timeout | --until | --url) return ;;
  esac
  if [ -n "$command" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_defenderd_options "$command")" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands $(_defenderd_options '')" -- "$current")
  fi
}

complete -o filenames -o bashdefault -F _defenderd defenderd
