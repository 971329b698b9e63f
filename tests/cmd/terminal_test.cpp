#include "cmd/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <cstdlib>

#include "shared/descriptor.h"

namespace jobd::cmd {
namespace {

// A terminal of 132 columns, and an environment of its own.
class TerminalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::grantpt(master_.get()), 0);
    ASSERT_EQ(::unlockpt(master_.get()), 0);
    char name[64]{};
    ASSERT_EQ(::ptsname_r(master_.get(), name, sizeof name), 0);
    slave_ = Descriptor(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    resize(132);
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
    ::unsetenv("COLUMNS");
  }

  void resize(unsigned short columns) {
    winsize size{};
    size.ws_col = columns;
    ASSERT_EQ(::ioctl(slave_.get(), TIOCSWINSZ, &size), 0);
  }

  Descriptor master_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  Descriptor slave_;
};

TEST_F(TerminalTest, IsFoundWithItsColumns) {
  Screen screen = find_screen(slave_.get());
  EXPECT_EQ(screen.terminal, slave_.get());
  EXPECT_EQ(screen.columns, 132U);
  EXPECT_TRUE(screen.color && screen.redraws);
  resize(90);
  measure(screen);
  EXPECT_EQ(screen.columns, 90U);
  resize(0);
  measure(screen);
  EXPECT_EQ(screen.columns, 80U);
}

TEST_F(TerminalTest, ColumnsMayBeSaid) {
  ::setenv("COLUMNS", "100", 1);
  EXPECT_EQ(find_screen(slave_.get()).columns, 100U);
  for (const char* nothing : {"", "0", "x", "-1", "12x"}) {
    ::setenv("COLUMNS", nothing, 1);
    EXPECT_EQ(find_screen(slave_.get()).columns, 132U) << nothing;
  }
}

TEST_F(TerminalTest, NobodyHasToBearColors) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(find_screen(slave_.get()).color);
  EXPECT_TRUE(find_screen(slave_.get()).redraws);
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(find_screen(slave_.get()).color);
  for (const char* kind : {"dumb", ""}) {
    ::setenv("TERM", kind, 1);
    EXPECT_FALSE(find_screen(slave_.get()).color || find_screen(slave_.get()).redraws) << kind;
  }
}

TEST_F(TerminalTest, AFileIsNone) {
  ::setenv("COLUMNS", "100", 1);
  const Descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  Screen screen = find_screen(file.get());
  measure(screen);
  EXPECT_EQ(screen.terminal, -1);
  EXPECT_EQ(screen.columns, 0U);
  EXPECT_FALSE(screen.color || screen.redraws);
}

}  // namespace
}  // namespace jobd::cmd
