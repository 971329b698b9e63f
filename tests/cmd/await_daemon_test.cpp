#include "cmd/await_daemon.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shared/codec.h"
#include "tests/cmd/scripted_server.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::FakeClock;
using jobd::testing::ScriptedServer;
using jobd::testing::TemporaryFolder;

std::optional<std::string> pong(const std::string&, std::size_t) {
  return encode_reply({}, Pong{"1.0"});
}

// Waits in a thread of its own, so that the test can do meanwhile what it waits for. The test's clock
// stands still: only jobd's answer ends the waiting, whether it begins before or after jobd is there.
class Waiter {
 public:
  explicit Waiter(const std::string& path) : Waiter(std::vector<std::string>{path}) {}
  explicit Waiter(std::vector<std::string> places)
      : thread_([this, places = std::move(places)] { pong_.emplace(await_daemon(places, clock_, std::nullopt)); }) {}
  Result<Pong> join() {
    thread_.join();
    return *pong_;
  }

 private:
  FakeClock clock_;
  std::optional<Result<Pong>> pong_;
  std::thread thread_;
};

TEST(AwaitDaemon, GivesTheAnswerOfOneThatIsThere) {
  const TemporaryFolder folder;
  const ScriptedServer server(folder.file("s"), pong);
  const FakeClock clock;
  const auto answer = await_daemon({folder.file("s")}, clock, Duration{});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->version, "1.0");
}

TEST(AwaitDaemon, WithoutTimeGivesTheErrorOfTheOnePing) {
  const TemporaryFolder folder;
  const FakeClock clock;
  const auto answer = await_daemon({folder.file("s")}, clock, Duration{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
}

TEST(AwaitDaemon, HearsTheSocketCome) {
  const TemporaryFolder folder;
  Waiter waiter(folder.file("s"));
  const ScriptedServer server(folder.file("s"), pong);
  EXPECT_TRUE(waiter.join());
}

TEST(AwaitDaemon, HearsTheFoldersComeOneByOne) {
  const TemporaryFolder folder;
  Waiter waiter(folder.file("run/jobd/s"));
  ASSERT_EQ(::mkdir(folder.file("run").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir(folder.file("run/jobd").c_str(), 0700), 0);
  const ScriptedServer server(folder.file("run/jobd/s"), pong);
  EXPECT_TRUE(waiter.join());
}

TEST(AwaitDaemon, HearsTheSocketComeInAnyOfItsPlaces) {
  for (const char* name : {"mine/s", "ours/s"}) {
    const TemporaryFolder folder;
    ASSERT_EQ(::mkdir(folder.file("mine").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir(folder.file("ours").c_str(), 0700), 0);
    Waiter waiter({folder.file("mine/s"), folder.file("ours/s")});
    const ScriptedServer server(folder.file(name), pong);
    EXPECT_TRUE(waiter.join()) << name;
  }
}

TEST(AwaitDaemon, AsksAgainWhereAnAnswerFailed) {
  const TemporaryFolder folder;
  const ScriptedServer server(folder.file("s"), [](const std::string& line, std::size_t number) {
    return number < 2 ? std::nullopt : pong(line, number);
  });
  Waiter waiter(folder.file("s"));
  EXPECT_TRUE(waiter.join());
  EXPECT_EQ(server.lines().size(), 3U);
}

}  // namespace
}  // namespace jobd::cmd
