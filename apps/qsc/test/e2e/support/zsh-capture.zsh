# Prints what zsh offers for the last word of a line: zsh zsh-capture.zsh COMPLETION LINE
# The line editor needs a terminal, so a second zsh runs in a pseudo-terminal, and is sent the line and a tab.
zmodload zsh/zpty
zpty z zsh -f -i
# The terminal may echo what is sent, so a mark is sent in two pieces.
zpty -w z "PROMPT= RPROMPT= PS2=; stty -echo; unsetopt prompt_cr prompt_sp zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; source ${(q)1}; cd ${(q)PWD}"
# Each offered word on a line of its own, and the words are offered without touching the line.
zpty -w z 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a __hits
  builtin compadd -A __hits "$@"
  (( $#__hits )) && print -rl -- ${^__hits/#/HIT:}
  builtin compadd "$@"
}'
zpty -w z 'zstyle ":completion:*" list-grouped false; zstyle ":completion:*" insert-tab false; zstyle ":completion:*" force-list always'
zpty -w z 'finished() { print END-OF-""HITS; exit }; zle -C offer complete-word _main_complete; comppostfuncs=(finished); bindkey "^I" offer; print READY-FOR-""TAB'
zpty -r z out '*READY-FOR-TAB*'
zpty -w -n z "$2"$'\t'
typeset out= all=
while zpty -r z out; do
  all+=$out
  [[ $out == *END-OF-HITS* ]] && break
done
zpty -d z
for line in ${(f)all}; do
  line=${line//$'\r'/}
  [[ $line == *HIT:* ]] && print -r -- "${line##*HIT:}"
done
exit 0
