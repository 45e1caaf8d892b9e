# Prints what zsh offers for the line $1 with the completion script $2, one a line: a real zsh with a terminal
# of its own, in which Tab is pressed.
if [[ -n $COSMIG_SCRIPT ]]; then
  PROMPT=
  autoload -Uz compinit && compinit -D -u
  source $COSMIG_SCRIPT
  bindkey '^I' complete-word
  started() { print -r -- BEGIN }
  finished() { print -r -- END; exit }
  compprefuncs=(started)
  comppostfuncs=(finished)
  compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    typeset -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- "${hits[@]}"
    builtin compadd "$@"
  }
  print READY
else
  zmodload zsh/zpty
  COSMIG_SCRIPT=$2
  export COSMIG_SCRIPT
  zpty inner zsh -f -i
  zpty -w inner "source ${0:A}"
  zpty -r -m inner out '*READY*'
  zpty -w -n inner "$1"$'\t'
  zpty -r -m inner out '*BEGIN*END*'
  print -r -- "${${out#*BEGIN}%END*}"
fi
