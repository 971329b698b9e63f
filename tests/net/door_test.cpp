// The door with real sockets and its real loop, dialogues of lines behind it and a service on a fake store. The test
// plays the client on its own thread; the store's turns happen on the loop after each request.
#include "daemon/net/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "daemon/net/line_dialogue.h"
#include "daemon/net/socket_file.h"
#include "shared/client.h"
#include "tests/net/hall_fixture.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

class DoorTest : public testing::HallFixture {
 protected:
  DoorTest() {
    hall_.request_bytes = 10000;
    desk_.on_post = [this] { loop_.post([this] { work(); }); };
  }
  ~DoorTest() override {
    if (thread_.joinable()) {
      loop_.post([this] { loop_.stop(); });
      thread_.join();
    }
  }

  void open() {
    auto socket = listen_on({path_, 0660, ""});
    ASSERT_TRUE(socket) << socket.error().message;
    lock_ = std::move(socket->lock);
    door_.emplace(loop_, clock_, std::move(socket->listener), limits_,
                  [this](char /*first_byte*/, Caller caller, Wake wake) {
                    return make_line_dialogue(hall_, std::move(caller), std::move(wake));
                  });
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
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
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

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("j.sock");
  IoLoop loop_;
  DoorLimits limits_{10, 10};
  Descriptor lock_;
  std::optional<Door> door_;
  std::thread thread_;
};

using testing::lines_of;

TEST_F(DoorTest, AHalfClosedClientGetsAllItsAnswersInOrder) {
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

TEST_F(DoorTest, AClientThatIsGoneBeforeItsAnswerHurtsNobody) {
  open();
  on_loop([this] { held = true; });
  {
    const Descriptor gone = dial();
    const std::string text = "{\"op\":\"stats\"}\n";
    ASSERT_EQ(::send(gone.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  EXPECT_THAT(exchange("{\"op\":\"ping\"}\n"), ::testing::HasSubstr("200"));
  on_loop([this] {
    held = false;
    work();
  });
  EXPECT_THAT(exchange("{\"op\":\"stats\"}\n"), ::testing::HasSubstr("200"));
}

TEST_F(DoorTest, OneConnectionTooManyIsBusy) {
  limits_ = {1, 1};
  open();
  auto first = Client::connect(path_);
  ASSERT_TRUE(first->call(Ping{}));
  auto second = Client::connect(path_);
  ASSERT_TRUE(second->send_line(R"({"op":"ping"})"));
  const auto refused = second->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->result.error().code, Code::busy);
}

TEST_F(DoorTest, OneUserHasNoMoreThanHisShare) {
  limits_ = {10, 1};
  open();
  const std::string ping = "{\"op\":\"ping\"}\n";
  const Descriptor first = dial();
  const auto ask_first = [&] {
    char buffer[4096];
    EXPECT_GT(::send(first.get(), ping.data(), ping.size(), MSG_NOSIGNAL), 0);
    return ::read(first.get(), buffer, sizeof buffer) > 0;
  };
  ASSERT_TRUE(ask_first());
  EXPECT_THAT(exchange(ping), ::testing::HasSubstr(R"("code":"busy","message":"your user has too many)"));
  EXPECT_TRUE(ask_first()) << "it is not disturbed";
  ::shutdown(first.get(), SHUT_WR);
  char buffer[1];
  ASSERT_EQ(::read(first.get(), buffer, sizeof buffer), 0) << "now it is out";
  EXPECT_THAT(exchange(ping), ::testing::HasSubstr("200"));
}

TEST_F(DoorTest, AClientThatIsAnsweredForGoodMayStillBeSending) {
  open();
  const Descriptor client = dial();
  const std::string text(1 << 20, 'x');
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = ::send(client.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    ASSERT_GT(n, 0) << "its line is far too long, and it is heard to its end";
    sent += static_cast<std::size_t>(n);
  }
  ::shutdown(client.get(), SHUT_WR);
  char buffer[4096];
  const ssize_t n = ::read(client.get(), buffer, sizeof buffer);
  ASSERT_GT(n, 0);
  EXPECT_THAT(std::string(buffer, static_cast<std::size_t>(n)), ::testing::HasSubstr("too_large"));
  EXPECT_EQ(::read(client.get(), buffer, sizeof buffer), 0);
}

TEST_F(DoorTest, ClosingWaitsForNobodyWhoIsAnsweredForGoodAndSilent) {
  open();
  const Descriptor client = dial();
  const std::string text(10001, 'x');
  ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  char buffer[4096];
  while (::read(client.get(), buffer, sizeof buffer) > 0) {
  }
  bool is_closed = false;
  on_loop([&] { door_->close([&is_closed] { is_closed = true; }); });
  EXPECT_TRUE(is_closed) << "at once";
}

TEST_F(DoorTest, ClosingAnswersWhatWasAsked) {
  open();
  on_loop([this] { held = true; });
  const Descriptor client = dial();
  const std::string text = "{\"op\":\"stats\"}\n";
  ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  EXPECT_THAT(exchange("{\"op\":\"ping\"}\n"), ::testing::HasSubstr("200")) << "the request before has arrived too";
  std::promise<void> closed;
  on_loop([&] {
    door_->close([&closed] { closed.set_value(); });
    held = false;
    work();
  });
  closed.get_future().wait();
  char buffer[4096];
  EXPECT_GT(::read(client.get(), buffer, sizeof(buffer)), 0);
  EXPECT_EQ(::read(client.get(), buffer, sizeof(buffer)), 0);
}

}  // namespace
}  // namespace jobd
