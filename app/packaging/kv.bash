# Completion of kv's command line, for bash.

_kv() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="serve shell new add get put del create kill list ping info call tree
    crashes events import export backup restore verify"
  local options="--bind --host --line-port --resp-port --io-threads --io-method
    --max-clients --stop-time --idle-timeout --tls-cert --tls-key --tls-ca --password-file --data-dir
    --durability --log-level --log-file --with --config --print-config --version --help"
  local i word command="" position=0 bucket="" connection=()
  COMPREPLY=()

  # The command, its operands so far, and where the server is.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --print-config | --version | --help) ;;
      --*)
        connection+=("$word" "${COMP_WORDS[i + 1]}")
        ((i++))
        ;;
      *)
        if [[ -z $command ]]; then
          command=$word
        else
          ((position++))
          [[ -n $bucket ]] || bucket=$word
        fi
        ;;
    esac
  done

  case $prev in
    --tls-cert | --tls-key | --tls-ca | --password-file | --log-file | --config)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --data-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      return
      ;;
    --durability)
      mapfile -t COMPREPLY < <(compgen -W "none everysec always" -- "$cur")
      return
      ;;
    --io-method)
      mapfile -t COMPREPLY < <(compgen -W "auto epoll io_uring" -- "$cur")
      return
      ;;
    --log-level)
      mapfile -t COMPREPLY < <(compgen -W "trace debug info warn error off" -- "$cur")
      return
      ;;
    --bind | --host | --line-port | --resp-port | --io-threads | --max-clients | \
      --stop-time | --idle-timeout | --with)
      return
      ;;
  esac

  if [[ $command == new && $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--actor --supervisor --handler --help" \
      -- "$cur")
  elif [[ $command == add && $position -eq 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "actor handler table" -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
  elif [[ $command =~ ^(backup|restore|verify)$ && $position -eq 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  elif [[ $command == import || ($command == export && $position -eq 0) ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $command =~ ^(get|put|del|kill|list)$ && $position -eq 0 ||
    $command == export ]]; then
    mapfile -t COMPREPLY < <(compgen -W \
      "$("${COMP_WORDS[0]}" "${connection[@]}" list 2>/dev/null)" -- "$cur")
  elif [[ $command =~ ^(get|put|del)$ && $position -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W \
      "$("${COMP_WORDS[0]}" "${connection[@]}" list "$bucket" 2>/dev/null)" \
      -- "$cur")
  fi
}

complete -F _kv kv
