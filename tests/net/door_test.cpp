// The door with real sockets and its real loop, a service on a fake store behind it. The test plays the
// client on its own thread; the store's turns happen on the loop after each request.
#include "daemon/net/unix_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "daemon/core/engine.h"
#include "shared/client.h"
#include "tests/support/fake_repository.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

// A desk whose turns the loop takes by itself; while `held` they wait for release().
class LoopDesk final : public Desk {
 public:
  LoopDesk(IoLoop& loop, const Clock& clock) : loop_(loop), clock_(clock), store_(clock) {}
  bool post(std::vector<Ask> asks) override {
    for (Ask& ask : asks) input_.asks.push_back(std::move(ask));
    if (!held) loop_.post([this] { turn(); });
    return true;
  }
  void turn() {
    TurnOutput output = engine_.turn(std::exchange(input_, {}), clock_.now());
    for (auto& reply : output.replies) reply();
  }
  bool held = false;

 private:
  IoLoop& loop_;
  const Clock& clock_;
  testing::FakeRandom random_;
  testing::FakeRepository store_;
  Engine engine_{store_, LaneTable({{kDefaultLane, "default"}}), random_, 1000};
  TurnInput input_;
};

class UnixDoorTest : public ::testing::Test {
 protected:
  UnixDoorTest() {
    char name[] = "/tmp/jobd-door-XXXXXX";
    dir_ = ::mkdtemp(name);
    settings_.file = {dir_ + "/j.sock", 0660, ""};
    settings_.line_bytes = 10000;
  }
  ~UnixDoorTest() override {
    if (thread_.joinable()) {
      loop_.post([this] { loop_.stop(); });
      thread_.join();
    }
    std::filesystem::remove_all(dir_);
  }

  void open() {
    auto socket = listen_on(settings_.file);
    ASSERT_TRUE(socket) << socket.error().message;
    door_.emplace(loop_, service_, settings_, *std::move(socket));
    thread_ = std::thread([this] { loop_.run(); });
  }
  // Runs on the loop and waits for it.
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  Descriptor dial() const {
    Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    settings_.file.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return client;
  }
  // Sends all, closes the writing half, reads to the end: as `printf ... | nc -NU`.
  std::string exchange(const std::string& text) const {
    const Descriptor client = dial();
    EXPECT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    ::shutdown(client.get(), SHUT_WR);
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(client.get(), buffer, sizeof(buffer))) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }

  std::string dir_;
  IoLoop loop_;
  testing::FakeClock clock_;
  testing::FakeRandom random_;
  DoorSettings settings_;
  LoopDesk desk_{loop_, clock_};
  Service service_{desk_, clock_, random_,
                   [] {
                     ServiceSettings settings;
                     settings.acceptance.default_from = Mailbox{"", "app@example.com"};
                     return settings;
                   }(),
                   0};
  std::optional<UnixDoor> door_;
  std::thread thread_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST_F(UnixDoorTest, AHalfClosedClientGetsAllItsAnswersInOrder) {
  open();
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += R"({"id":)" + std::to_string(i) +
            (i % 2 == 0 ? R"(,"op":"ping"})" : R"(,"op":"submit_email","params":{"to":"a@x.org"}})") + "\n";
  }
  const auto lines = lines_of(exchange(text));
  ASSERT_EQ(lines.size(), 50U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_THAT(lines[i], ::testing::StartsWith("{\"id\":" + std::to_string(i) + ",\"status\":20"));
}

TEST_F(UnixDoorTest, ALastLineNeedsNoLineEnd) {
  open();
  EXPECT_THAT(exchange("\r\n{\"op\":\"ping\"}\r\n\n{\"op\":\"ping\"}"),
              ::testing::MatchesRegex("(\\{\"status\":200[^\n]*\n){2}"));
}

TEST_F(UnixDoorTest, NoJsonIsAnsweredAndTheConnectionStays) {
  open();
  const auto lines = lines_of(exchange("GET / HTTP/1.1\n{\"op\":\"ping\"}\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], ::testing::HasSubstr(R"("status":400,"error":{"code":"invalid_json")"));
  EXPECT_THAT(lines[1], ::testing::HasSubstr(R"("status":200)"));
}

TEST_F(UnixDoorTest, AnOverlongLineIsAnsweredAndEndsTheConnection) {
  open();
  const auto lines = lines_of(exchange("{\"op\":\"ping\"}\n" + std::string(10001, 'x') + "\n{\"op\":\"ping\"}\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], ::testing::HasSubstr(R"("status":413)"));
}

TEST_F(UnixDoorTest, AWaitDoesNotHoldUpTheOthers) {
  open();
  auto client = Client::connect(settings_.file.path);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->send_line(R"({"id":1,"op":"pause"})"));
  ASSERT_TRUE(client->receive());
  ASSERT_TRUE(client->send_line(R"({"id":2,"op":"submit_email","params":{"to":"a@x.org"}})"));
  const auto submitted = client->receive();
  ASSERT_TRUE(submitted && submitted->result);
  const std::string id = decode_job(*submitted->result)->id.text();
  ASSERT_TRUE(client->send_line(R"({"id":3,"op":"get_job","params":{"id":")" + id + R"(","wait":"60s"}})"));
  ASSERT_TRUE(client->send_line(R"({"id":4,"op":"ping"})"));
  EXPECT_EQ(client->receive()->id, RequestId(std::int64_t{4}));
  on_loop([this] {
    clock_.advance(std::chrono::seconds(60));
    service_.step(clock_.now());
  });
  EXPECT_EQ(client->receive()->id, RequestId(std::int64_t{3}));
}

TEST_F(UnixDoorTest, AClientThatIsGoneBeforeItsAnswerHurtsNobody) {
  open();
  on_loop([this] { desk_.held = true; });
  {
    const Descriptor gone = dial();
    const std::string text = "{\"op\":\"stats\"}\n";
    ASSERT_EQ(::send(gone.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  EXPECT_THAT(exchange("{\"op\":\"ping\"}\n"), ::testing::HasSubstr("200"));
  on_loop([this] {
    desk_.held = false;
    desk_.turn();
  });
  EXPECT_THAT(exchange("{\"op\":\"stats\"}\n"), ::testing::HasSubstr("200"));
}

TEST_F(UnixDoorTest, OneConnectionTooManyIsBusy) {
  settings_.connections = 1;
  open();
  auto first = Client::connect(settings_.file.path);
  ASSERT_TRUE(first->call(Ping{}));
  auto second = Client::connect(settings_.file.path);
  const auto refused = second->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->result.error().code, Code::busy);
}

TEST_F(UnixDoorTest, ClosingAnswersWhatWasAskedAndRemovesTheFile) {
  open();
  on_loop([this] { desk_.held = true; });
  const Descriptor client = dial();
  const std::string text = "{\"op\":\"stats\"}\n";
  ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  EXPECT_THAT(exchange("{\"op\":\"ping\"}\n"), ::testing::HasSubstr("200")) << "the request before has arrived too";
  std::promise<void> closed;
  on_loop([&] {
    door_->close([&closed] { closed.set_value(); });
    desk_.held = false;
    desk_.turn();
  });
  closed.get_future().wait();
  char buffer[4096];
  EXPECT_GT(::read(client.get(), buffer, sizeof(buffer)), 0);
  EXPECT_EQ(::read(client.get(), buffer, sizeof(buffer)), 0);
  EXPECT_FALSE(std::filesystem::exists(settings_.file.path));
}

}  // namespace
}  // namespace jobd
