// SPDX-License-Identifier: Apache-2.0
// The part of completion that runs in the shells.
#include <algorithm>

#include "program/completion.h"

namespace aipg::program {
namespace {

// PROGRAM is the program's name, FUNCTION the same as a name that shells take for functions.
// Bash makes words of what "=" separates; without it the value follows its flag as another word, which means the same.
constexpr std::string_view kBash =
    R"(# Completion of PROGRAM for bash. For this shell: source <(PROGRAM completion bash)
# For all: PROGRAM completion bash > ~/.local/share/bash-completion/completions/PROGRAM
_FUNCTION() {
  local line word
  local -a words=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [[ $word == "=" ]] || words+=("$word")
  done
  [[ ${COMP_WORDS[COMP_CWORD]} != "=" ]] || words+=("")
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${words[-1]}") ;;
      :folders) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${words[-1]}") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" completion words "${words[@]}" 2>/dev/null)
}
complete -F _FUNCTION PROGRAM
)";

constexpr std::string_view kZsh = R"(#compdef PROGRAM
# Completion of PROGRAM for zsh. For this shell, after compinit: source <(PROGRAM completion zsh)
# For all: PROGRAM completion zsh > a file named _PROGRAM in a folder of $fpath
_FUNCTION() {
  local line value
  local -a lines found
  lines=("${(@f)$("${${(Q)words[1]}/#\~/$HOME}" completion words "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  compset -P '--*='
  for line in "${lines[@]}"; do
    case $line in
      :files) _files ;;
      :folders) _files -/ ;;
      ?*) value=${line%%$'\t'*}; found+=("${value//:/\\:}:${${line#$value}#$'\t'}") ;;
    esac
  done
  (( ${#found} == 0 )) || _describe 'PROGRAM' found
}
if [[ ${funcstack[1]} == _PROGRAM ]]; then _FUNCTION "$@"; else compdef _FUNCTION PROGRAM; fi
)";

constexpr std::string_view kFish = R"(# Completion of PROGRAM for fish. For this shell: PROGRAM completion fish | source
# For all: PROGRAM completion fish > ~/.config/fish/completions/PROGRAM.fish
function __FUNCTION_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -e words[1]
    set -l flag (string match -r -- '^--[^=]*=' $typed)
    set -l value (string replace -r -- '^--[^=]*=' '' $typed)
    for line in ($program completion words $words "$typed" 2>/dev/null)
        switch $line
            case ':files'
                printf "$flag%s\n" (__fish_complete_path $value)
            case ':folders'
                printf "$flag%s\n" (__fish_complete_directories $value '')
            case '*'
                printf "$flag%s\n" $line
        end
    end
end
complete -c PROGRAM -f -a '(__FUNCTION_complete)'
)";

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    out.append(text.substr(0, at)).append(by);
    text.remove_prefix(at + what.size());
  }
  return out.append(text);
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const std::string& program) {
  const std::string_view script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : "";
  if (script.empty()) return std::nullopt;
  std::string function = program;
  std::ranges::replace(function, '-', '_');
  return replaced(replaced(script, "FUNCTION", function), "PROGRAM", program);
}

}  // namespace aipg::program
