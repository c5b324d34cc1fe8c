// SPDX-License-Identifier: Apache-2.0
#include "program/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace aipg::program {
namespace {

// The terminal's end of a pseudo-terminal.
class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    fd_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
  }
  ~Terminal() {
    close(fd_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int master_, fd_ = -1;
};

TEST(Paint, ColoursOnATerminal) {
  const Terminal terminal;
  ASSERT_GE(terminal.fd(), 0);
  const Paint paint(terminal.fd(), {{"TERM", "xterm"}});
  EXPECT_EQ(paint(Colour::good, "ok"), "\x1b[32mok\x1b[0m");
  EXPECT_EQ(paint(Colour::good, ""), "");
  EXPECT_TRUE(Paint(terminal.fd(), {{"NO_COLOR", ""}}).is_on());  // an empty one counts as absent
}

TEST(Paint, NeverWithNoColorHoweverItIsSpelled) {
  const Terminal terminal;
  for (const char* value : {"1", "0", "false", " "}) {
    const Paint paint(terminal.fd(), {{"TERM", "xterm"}, {"NO_COLOR", value}});
    EXPECT_EQ(paint(Colour::bad, "no"), "no") << value;
    EXPECT_EQ(paint.why_not(), "NO_COLOR is set");
  }
}

TEST(Paint, NeverOnADumbTerminal) {
  const Terminal terminal;
  EXPECT_EQ(Paint(terminal.fd(), {{"TERM", "dumb"}})(Colour::bad, "no"), "no");
}

TEST(Paint, NeverIntoAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(Paint(ends[1], {{"TERM", "xterm"}})(Colour::bad, "no"), "no");
  EXPECT_EQ(Paint()(Colour::bad, "no"), "no");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace aipg::program
