# Completion of govhotline's commands and options for bash; both are asked of the command itself.
_govhotline() {
	local word=${COMP_WORDS[COMP_CWORD]} verbs first=${COMP_WORDS[1]:-} second=${COMP_WORDS[2]:-}

	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(govhotline $first ${second##-*} --help 2>/dev/null |
			sed -n 's/^ .*\(--[a-z-]*\).*/\1/p')" -- "$word")
		return
	fi
	verbs=$(govhotline --help | sed -n 's/^  \([a-z].\{17\}\).*/\1/p')
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(sed 's/ .*//' <<<"$verbs" | sort -u)" -- "$word")
	elif ((COMP_CWORD == 2)); then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$first //p" <<<"$verbs")" -f -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -F _govhotline govhotline
