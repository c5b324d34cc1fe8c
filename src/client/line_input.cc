// SPDX-License-Identifier: Apache-2.0
#include "client/line_input.h"

#include <histedit.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "client/core/conversation_input.h"
#include "codec/utf8.h"

namespace aipg::client {
namespace {

constexpr std::size_t kRead = 4096;
constexpr std::size_t kPromptColumns = 2;
constexpr std::wstring_view kPasteEnd = L"\x1b[201~";

// What no terminal sends: keys that this file presses itself.
constexpr std::wstring_view kEnd = L"\x1b[9001~", kLineUp = L"\x1b[9002~", kLineDown = L"\x1b[9003~",
                            kRestore = L"\x1b[9004~";

constexpr std::string_view kPastesOn = "\x1b[?2004h", kPastesOff = "\x1b[?2004l";

void say(std::FILE* out, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

// libedit sets and gets everything by two functions of variable arguments: called here only.
template <typename... Values>
void set(EditLine* editor, int what, Values... values) {
  el_wset(editor, what, values...);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

LineInput* input_of(EditLine* editor) {
  void* out = nullptr;
  el_wget(editor, EL_CLIENTDATA, &out);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  return static_cast<LineInput*>(out);
}

std::wstring_view before_cursor(EditLine* editor) {
  const LineInfoW* line = el_wline(editor);
  return {line->buffer, line->cursor};
}
std::wstring_view after_cursor(EditLine* editor) {
  const LineInfoW* line = el_wline(editor);
  return {line->cursor, line->lastchar};
}
std::wstring_view whole(EditLine* editor) {
  const LineInfoW* line = el_wline(editor);
  return {line->buffer, line->lastchar};
}

void put(EditLine* editor, const WideText& text) {
  el_cursor(editor, static_cast<int>(after_cursor(editor).size()));
  el_wdeletestr(editor, static_cast<int>(whole(editor).size()));
  el_winsertstr(editor, text.reveal());
}

// Of a paste: what cannot be text is left out, and every kind of line end is a line feed.
class Pasted {
 public:
  void add(wchar_t c) {
    const bool after_return = std::exchange(return_, c == L'\r');
    if (c == L'\n' && after_return) return;
    if (c == L'\r') c = L'\n';
    const bool control = (c < 0x20 && c != L'\n' && c != L'\t') || c == 0x7f;
    if (!control && count_++ < kMaxPastedCharacters) append(c);
  }
  [[nodiscard]] bool too_large() const { return count_ > kMaxPastedCharacters; }
  // Ends with a zero from now on.
  [[nodiscard]] const wchar_t* finish() {
    append(0);
    return reinterpret_cast<const wchar_t*>(wide_.reveal().data());
  }

 private:
  void append(wchar_t c) { std::memcpy(wide_.extend(sizeof(c)).data(), &c, sizeof(c)); }

  SecretBytes wide_;
  std::size_t count_ = 0;
  bool return_ = false;
};

// How many bytes the character that begins so has; 1 for what begins none.
std::size_t expected_bytes(std::uint8_t first) {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

// What is written from this column on takes so many rows before its last.
std::size_t rows_before(std::size_t column, std::wstring_view text, std::size_t width) {
  std::size_t rows = 0;
  for (const wchar_t c : text) {
    const auto wide = static_cast<std::size_t>(std::max(wcwidth(c), 0));
    const bool breaks = c == L'\n' || column + wide > width;
    rows += breaks ? 1 : 0;
    column = c == L'\n' ? 0 : (breaks ? wide : column + wide);
  }
  return rows;
}

std::size_t width_of(int terminal) {
  winsize size{};
  return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

// Each is called by libedit when its key was pressed.
struct LineKeys {
  static unsigned char paste(EditLine* editor, int) {
    LineInput& input = *input_of(editor);
    Pasted pasted;
    std::size_t matched = 0;
    while (matched < kPasteEnd.size()) {
      wchar_t c = 0;
      if (input.next(c) != 1) return CC_EOF;
      if (c == kPasteEnd[matched]) {
        ++matched;
        continue;
      }
      for (const wchar_t held : kPasteEnd.substr(0, std::exchange(matched, 0))) pasted.add(held);
      if (c == kPasteEnd.front()) {
        matched = 1;
      } else {
        pasted.add(c);
      }
    }
    if (pasted.too_large() || el_winsertstr(editor, pasted.finish()) != 0) return CC_ERROR;
    return CC_REFRESH;
  }

  static unsigned char enter(EditLine* editor, int key) {
    const SecretBytes text = to_utf8(whole(editor));
    if (!goes_on(text.reveal_text())) return send(editor, key);
    if (ends_with_backslash(text.reveal_text())) {
      el_cursor(editor, static_cast<int>(after_cursor(editor).size()));
      el_wdeletestr(editor, 1);
    }
    return new_line(editor, key);
  }
  static unsigned char send(EditLine* editor, int) { return press(editor, kEnd); }
  static unsigned char new_line(EditLine* editor, int) {
    el_winsertstr(editor, L"\n");
    return CC_REFRESH;
  }

  static unsigned char up(EditLine* editor, int) {
    LineInput& input = *input_of(editor);
    if (before_cursor(editor).contains(L'\n')) return press(editor, kLineUp);
    if (input.age_ == input.history_.size()) return CC_ERROR;
    if (input.age_ == 0) input.draft_ = to_utf8(whole(editor));
    ++input.age_;
    return show(editor, input);
  }
  static unsigned char down(EditLine* editor, int) {
    LineInput& input = *input_of(editor);
    if (after_cursor(editor).contains(L'\n')) return press(editor, kLineDown);
    if (input.age_ == 0) return CC_ERROR;
    --input.age_;
    return show(editor, input);
  }

  static unsigned char drop(EditLine* editor, int key) {
    input_of(editor)->dropped_ = true;
    return send(editor, key);
  }
  static unsigned char restore(EditLine* editor, int) {
    LineInput& input = *input_of(editor);
    if (!input.offered_) return CC_NORM;
    put(editor, WideText(input.offered_->reveal_text()));
    input.offered_.reset();
    return CC_REFRESH;
  }
  static unsigned char suspend(EditLine* editor, int) {
    LineInput& input = *input_of(editor);
    say(input.settings_.out, "\n");
    input.take_pastes(false);
    set(editor, EL_PREP_TERM, 0);
    ::kill(0, SIGTSTP);  // and on from here once somebody brings us back
    set(editor, EL_PREP_TERM, 1);
    input.take_pastes(true);
    set(editor, EL_REFRESH);
    return CC_NORM;
  }

  // What libedit's search asks for.
  static int history(void* reference, HistEventW* event, int what, ...) {  // NOLINT(cert-dcl50-cpp): its form
    LineInput& input = *static_cast<LineInput*>(reference);
    const std::size_t count = input.history_.size();
    if (count == 0) return -1;
    std::size_t& age = input.search_age_;
    if (what == H_FIRST) {
      age = 0;
    } else if (what == H_LAST) {
      age = count - 1;
    } else if (what == H_NEXT && age + 1 < count) {
      ++age;
    } else if (what == H_PREV && age > 0) {
      --age;
    } else {
      return -1;
    }
    input.shown_ = WideText(input.history_.entry(age));
    *event = {static_cast<int>(count - age), input.shown_.reveal()};
    return 0;
  }

  static int next(EditLine* editor, wchar_t* out) { return input_of(editor)->next(*out); }
  static wchar_t* prompt(EditLine* editor) { return input_of(editor)->prompt_.data(); }

 private:
  static unsigned char press(EditLine* editor, std::wstring_view keys) {
    input_of(editor)->keys_ += keys;
    return CC_NORM;
  }
  static unsigned char show(EditLine* editor, LineInput& input) {
    put(editor, WideText(input.age_ == 0 ? input.draft_.reveal_text() : input.history_.entry(input.age_ - 1)));
    return CC_REFRESH;
  }
};

namespace {

struct Function {
  const wchar_t* name;
  unsigned char (*call)(EditLine*, int);
};
constexpr Function kFunctions[] = {
    {L"aipg-paste", LineKeys::paste},       {L"aipg-enter", LineKeys::enter},     {L"aipg-send", LineKeys::send},
    {L"aipg-new-line", LineKeys::new_line}, {L"aipg-up", LineKeys::up},           {L"aipg-down", LineKeys::down},
    {L"aipg-drop", LineKeys::drop},         {L"aipg-restore", LineKeys::restore}, {L"aipg-suspend", LineKeys::suspend}};

struct Binding {
  const wchar_t *key, *name;
};
constexpr Binding kBindings[] = {{L"^M", L"aipg-enter"},
                                 {L"^J", L"aipg-new-line"},
                                 {L"\\e^M", L"aipg-send"},
                                 {L"\\e[200~", L"aipg-paste"},
                                 {L"\\e[A", L"aipg-up"},
                                 {L"\\eOA", L"aipg-up"},
                                 {L"^P", L"aipg-up"},
                                 {L"\\e[B", L"aipg-down"},
                                 {L"\\eOB", L"aipg-down"},
                                 {L"^N", L"aipg-down"},
                                 {L"^C", L"aipg-drop"},
                                 {L"^Z", L"aipg-suspend"},
                                 {L"^R", L"em-inc-search-prev"},
                                 {L"^W", L"ed-delete-prev-word"},
                                 {L"\\e[3~", L"ed-delete-next-char"},
                                 {L"\\e[H", L"ed-move-to-beg"},
                                 {L"\\e[F", L"ed-move-to-end"},
                                 {L"\\e[1;5C", L"em-next-word"},
                                 {L"\\e[1;5D", L"ed-prev-word"},
                                 {L"\\e[9001~", L"ed-newline"},
                                 {L"\\e[9002~", L"ed-prev-line"},
                                 {L"\\e[9003~", L"ed-next-line"},
                                 {L"\\e[9004~", L"aipg-restore"}};

constexpr const wchar_t* kNoMore = nullptr;

void bind_keys(EditLine* editor) {
  set(editor, EL_EDITOR, L"emacs");
  // Ctrl-C and Ctrl-Z are keys as others while a line is written, and Enter is another than Ctrl-J.
  for (const wchar_t* off : {L"-isig", L"-icrnl", L"-inlcr"}) set(editor, EL_SETTY, L"-d", off, kNoMore);
  for (const Function& each : kFunctions) set(editor, EL_ADDFN, each.name, each.name, each.call);
  for (const Binding& each : kBindings) set(editor, EL_BIND, each.key, each.name, kNoMore);
}

}  // namespace

LineInput::LineInput(Settings settings, InputHistory& history)
    : settings_(std::move(settings)),
      history_(history),
      prompt_(settings_.look.colour ? L"\1\x1b[1m\1>\1\x1b[0m\1 " : L"> "),
      editor_(nullptr, el_end) {
  // What we write is UTF-8 whatever the language; libedit asks the C library how wide it is.
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) std::setlocale(LC_CTYPE, "");
  tcgetattr(fileno(settings_.in), &original_);
  editor_.reset(el_init("aipg", settings_.in, settings_.out, settings_.out));
  set(editor_.get(), EL_CLIENTDATA, this);
  set(editor_.get(), EL_PROMPT_ESC, LineKeys::prompt, L'\1');
  set(editor_.get(), EL_HIST, LineKeys::history, this);
  set(editor_.get(), EL_GETCFN, LineKeys::next);
  bind_keys(editor_.get());
  take_pastes(true);
  between_lines();
}

LineInput::~LineInput() {
  editor_.reset();
  take_pastes(false);
  tcsetattr(fileno(settings_.in), TCSADRAIN, &original_);
}

std::optional<SecretBytes> LineInput::read() {
  while (true) {
    age_ = 0;
    draft_.clear();
    dropped_ = false;
    keys_ = offered_ ? kRestore : std::wstring_view();
    reading_ = true;
    // Before the prompt: what is typed as soon as it is seen are keys, Ctrl-C too.
    set(editor_.get(), EL_PREP_TERM, 1);
    int size = 0;
    const wchar_t* line = el_wgets(editor_.get(), &size);
    reading_ = false;
    between_lines();
    if (line == nullptr) return std::nullopt;
    SecretBytes text = take(line, static_cast<std::size_t>(size));
    if (!dropped_) return text;
  }
}

// And leaves nothing of it in the editor.
SecretBytes LineInput::take(const wchar_t* line, std::size_t size) {
  SecretBytes text = to_utf8({line, size});
  // libedit lends its buffer for reading only, and has no call that overwrites it; the memory is its own and writable,
  // and not looked at again before the next line begins.
  auto* lent = const_cast<wchar_t*>(line);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  wipe({reinterpret_cast<std::uint8_t*>(lent), size * sizeof(wchar_t)});
  const std::size_t end = text.reveal_text().find_last_not_of(" \t\r\n");
  text.truncate(end == std::string_view::npos ? 0 : end + 1);
  return text;
}

void LineInput::between_lines() {
  termios quiet = original_;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  quiet.c_iflag &= ~static_cast<tcflag_t>(ICRNL);  // as while a line is written
  quiet.c_cc[VMIN] = 1;
  quiet.c_cc[VTIME] = 0;
  tcsetattr(fileno(settings_.in), TCSADRAIN, &quiet);
}

// Whole: the terminal says where a block begins and ends. No state of the descriptor, so that a shell leaves it as it
// likes it.
void LineInput::take_pastes(bool whole) const {
  if (settings_.look.moves) say(settings_.out, whole ? kPastesOn : kPastesOff);
}

// The terminal is ours, and keys come as they are pressed.
bool LineInput::takes_keys() const {
  termios now{};
  const int terminal = fileno(settings_.in);
  return tcgetpgrp(terminal) == getpgrp() && tcgetattr(terminal, &now) == 0 && (now.c_lflag & ICANON) == 0;
}

void LineInput::resumed() {
  if (reading_) {
    // After Ctrl-Z that is so again already, and what is being typed meanwhile must not meet the other way.
    if (!takes_keys()) {
      set(editor_.get(), EL_PREP_TERM, 0);
      set(editor_.get(), EL_PREP_TERM, 1);
    }
    resized_ = true;
  } else {
    between_lines();
  }
  take_pastes(true);  // after the above, which stops a program that is not in the foreground
}

// The next character; 0 when there is none any more.
int LineInput::next(wchar_t& out) {
  while (true) {
    if (!keys_.empty()) {
      out = keys_.front();
      keys_.erase(0, 1);
      return 1;
    }
    const ByteView left = unread_.reveal().subspan(taken_);
    if (left.empty() || left.size() < expected_bytes(left.front())) {
      if (!fill()) return 0;
      continue;
    }
    const std::size_t n = codec::utf8_sequence_bytes(as_text(left.first(expected_bytes(left.front()))));
    out = n == 0 ? L'\0' : *WideText(as_text(left.first(n))).reveal();
    taken_ += std::max<std::size_t>(n, 1);
    // Nothing that steers a terminal or libedit hides behind UTF-8.
    const bool c1 = out >= 0x80 && out < 0xa0;
    if (out != 0 && !c1) return 1;
  }
}

bool LineInput::fill() {
  unread_.drop_front(std::exchange(taken_, 0));
  while (true) {
    if (settings_.is_over()) return false;
    if (resized_) redraw();
    if (!settings_.wait()) continue;
    const std::size_t before = unread_.size();
    const ssize_t n = ::read(fileno(settings_.in), unread_.extend(kRead).data(), kRead);
    unread_.truncate(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n > 0) return true;
    if (n == 0 || (errno != EINTR && errno != EAGAIN)) return false;
  }
}

// The terminal has moved the text as it liked: what is above the cursor goes, and all of it is shown anew.
void LineInput::redraw() {
  resized_ = false;
  if (!settings_.look.moves) return void(el_resize(editor_.get()));
  const std::size_t rows = rows_before(kPromptColumns, before_cursor(editor_.get()), width_of(fileno(settings_.out)));
  std::string out = "\r";
  if (rows > 0) out += "\x1b[" + std::to_string(rows) + "A";
  say(settings_.out, out + "\x1b[J");
  el_resize(editor_.get());
  set(editor_.get(), EL_REFRESH);
}

}  // namespace aipg::client
