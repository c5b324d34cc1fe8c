// SPDX-License-Identifier: Apache-2.0
// Lines that a person writes at a terminal, by libedit: editing as in a shell,
// history with arrows and search (Ctrl-R), UTF-8. A pasted block is one text,
// whatever lines it has; Enter ends the text unless it goes on
// (core/conversation_input.h), Ctrl-J begins a new line, Alt-Enter ends it in any
// case. Ctrl-C drops the text, Ctrl-D in an empty one ends the input, Ctrl-Z
// suspends the program. Refused, with the terminal's bell: a block of more than
// kMaxPastedCharacters, as a part of it would say something else.
//
// Between two lines the terminal shows nothing of what is typed, and keeps it
// for the next; Ctrl-C is a signal then. Ours is wiped; libedit's own copies
// are its memory, of which it wipes none.
#pragma once

#include <termios.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "client/input_history.h"
#include "client/terminal_look.h"
#include "client/wide_text.h"

struct editline;

namespace aipg::client {

inline constexpr std::size_t kMaxPastedCharacters = 1 << 20;

class LineInput {
 public:
  struct Settings {
    std::FILE* in = stdin;
    std::FILE* out = stdout;
    TerminalLook look;
    // Returns once `in` may be read: true; or when something else happened, which is_over() tells.
    std::function<bool()> wait;
    std::function<bool()> is_over = [] { return false; };
  };
  // Both terminals; `history` must outlive it. Puts the terminal into the state between two lines.
  LineInput(Settings settings, InputHistory& history);
  // The terminal is as it was.
  ~LineInput();
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;

  // The next text, without white space at its end; may be empty. nullopt: no more comes.
  [[nodiscard]] std::optional<SecretBytes> read();
  // Stands in the next line, to be changed or sent again.
  void offer(std::string_view text) { offered_ = SecretBytes(as_bytes(text)); }

  // What the program's signals say.
  void resized() { resized_ = true; }
  void resumed();

 private:
  friend struct LineKeys;  // what keys do
  [[nodiscard]] int next(wchar_t& out);
  [[nodiscard]] bool fill();
  void between_lines();
  void take_pastes(bool whole) const;
  [[nodiscard]] bool takes_keys() const;
  void redraw();
  [[nodiscard]] SecretBytes take(const wchar_t* line, std::size_t size);

  Settings settings_;
  InputHistory& history_;
  std::wstring prompt_;
  termios original_{};
  std::unique_ptr<editline, void (*)(editline*)> editor_;
  SecretBytes unread_;     // bytes that the terminal gave and nobody took
  std::size_t taken_ = 0;  // of those
  std::wstring keys_;      // pressed by ourselves, never content
  std::optional<SecretBytes> offered_;
  WideText shown_;              // of the history, lent to libedit
  std::size_t search_age_ = 0;  // where libedit's search is
  std::size_t age_ = 0;         // what the arrows show: 0 is the text itself, then the newest
  SecretBytes draft_;           // the text itself meanwhile
  bool reading_ = false, dropped_ = false, resized_ = false, over_ = false;
};

}  // namespace aipg::client
