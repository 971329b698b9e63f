#include "shared/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "tests/cmd/scripted_server.h"

namespace jobd {
namespace {

using jobd::testing::listen_at;
using jobd::testing::ScriptedServer;
using jobd::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string connect_error(const std::string& path) {
  const auto client = Client::connect(path);
  if (client) return "connected";
  EXPECT_EQ(client.error().code, Code::unavailable);
  return client.error().message;
}

TEST(ClientConnect, SaysThatNothingIsThere) {
  const TemporaryFolder folder;
  EXPECT_EQ(connect_error(folder.file("s")),
            "cannot connect to " + folder.file("s") +
                ": no such file; is jobd running? (systemctl status jobd; another socket: --socket or JOBD_SOCKET)");
}

TEST(ClientConnect, SaysThatNobodyListens) {
  const TemporaryFolder folder;
  ::close(listen_at(folder.file("s")));
  EXPECT_THAT(connect_error(folder.file("s")), HasSubstr("nobody listens; jobd died or is starting"));
}

TEST(ClientConnect, SaysThatItIsNoSocket) {
  const TemporaryFolder folder;
  EXPECT_THAT(connect_error(folder.file(".")), HasSubstr("this is not jobd's socket"));
  EXPECT_THAT(connect_error(folder.write("s", "text")), HasSubstr("this is not jobd's socket"));
}

TEST(ClientConnect, SaysThatThePathIsTooLong) {
  EXPECT_THAT(connect_error("/" + std::string(200, 'x')), HasSubstr("too long"));
}

TEST(ClientConnect, SaysWhoMayEnter) {
  EXPECT_EQ(explain_connect_error("/run/jobd/jobd.sock", EACCES),
            "cannot connect to /run/jobd/jobd.sock: permission denied; are you in group jobd?");
}

TEST(ClientConnect, SaysSomethingForEveryErrno) {
  for (int error_number = 1; error_number < 134; ++error_number) {
    EXPECT_THAT(explain_connect_error("/s", error_number), StartsWith("cannot connect to /s: "));
  }
}

TEST(ClientCall, GivesTheReply) {
  const TemporaryFolder folder;
  const ScriptedServer server(folder.file("s"),
                              [](const std::string&, std::size_t) { return encode_reply({}, Pong{"1.0"}); });
  auto client = Client::connect(folder.file("s"));
  ASSERT_TRUE(client);
  const auto reply = client->call(Ping{});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(decode_pong(*reply->result)->version, "1.0");
}

TEST(ClientCall, SaysThatTheConnectionWasClosed) {
  const TemporaryFolder folder;
  const ScriptedServer server(folder.file("s"), [](const std::string&, std::size_t) { return std::nullopt; });
  auto client = Client::connect(folder.file("s"));
  ASSERT_TRUE(client);
  const auto reply = client->call(Ping{});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable);
}

TEST(ClientCall, LosesPatienceWithAServerThatHangs) {
  const TemporaryFolder folder;
  const int listener = listen_at(folder.file("s"));
  auto client = Client::connect(folder.file("s"), Duration(20));
  ASSERT_TRUE(client);
  const auto reply = client->call(Ping{});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("does not answer"));
  ::close(listener);
}

// The socket's own time-outs are taken away: it would stand here for ever if a send that took some of the bytes began
// to wait anew, or if it waited once more for an answer.
TEST(ClientCall, WaitsNoMoreOnceItHasLostPatience) {
  const TemporaryFolder folder;
  const int listener = listen_at(folder.file("s"));
  auto client = Client::connect(folder.file("s"), Duration(20));
  ASSERT_TRUE(client);
  const timeval for_ever{};
  ::setsockopt(client->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof for_ever);
  ::setsockopt(client->descriptor(), SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
  EXPECT_FALSE(client->send_line(std::string(8UL << 20, 'x')));
  EXPECT_TRUE(client->lost_patience());
  EXPECT_THAT(client->receive().error().message, HasSubstr("does not answer"));

  const int connection = ::accept(listener, nullptr, nullptr);
  const std::string late = encode_reply({}, Pong{"1.0"}) + "\n";
  EXPECT_EQ(::send(connection, late.data(), late.size(), MSG_NOSIGNAL), static_cast<ssize_t>(late.size()));
  EXPECT_TRUE(client->receive());
  ::close(connection);
  ::close(listener);
}

// As jobd does with a line over its limit: it answers and closes before it has read all of it.
TEST(ClientCall, HearsAnAnswerThatComesBeforeTheRequestIsSent) {
  const TemporaryFolder folder;
  const int listener = listen_at(folder.file("s"));
  std::thread server([listener] {
    const int connection = ::accept(listener, nullptr, nullptr);
    const std::string reply = encode_reply({}, Error{Code::too_large, "the line is too long"}) + "\n";
    EXPECT_EQ(::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL), static_cast<ssize_t>(reply.size()));
    ::close(connection);
  });
  auto client = Client::connect(folder.file("s"));
  ASSERT_TRUE(client);
  SubmitEmail large;
  large.email.text = std::string(8UL << 20, 'x');
  const auto reply = client->call(large);
  server.join();
  ::close(listener);
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_FALSE(reply->result);
  EXPECT_EQ(reply->result.error().code, Code::too_large);
}

TEST(ClientReceiveAtHand, GivesRepliesAndEventsAsTheyCameAndNeverWaits) {
  const TemporaryFolder folder;
  const std::string event = encode_event(std::int64_t{1}, Event{9, std::make_shared<const Job>()});
  const ScriptedServer server(folder.file("s"), [&event](const std::string&, std::size_t) {
    return encode_reply({}, Watching{8}) + '\n' + event + '\n' + encode_reply({}, Pong{"1.0"});
  });
  auto client = Client::connect(folder.file("s"));
  ASSERT_TRUE(client);
  const auto nothing = client->receive_at_hand();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  ASSERT_TRUE(client->call(Watch{}));
  const auto first = client->receive_at_hand();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(std::get<EventLine>(**first).seq, 9U);
  const auto second = client->receive_at_hand();
  ASSERT_TRUE(second && *second);
  EXPECT_TRUE(std::holds_alternative<ReplyLine>(**second));
  EXPECT_FALSE(*client->receive_at_hand());
}

TEST(FindSocket, LooksInTheOrderOfTheManual) {
  const TemporaryFolder folder;
  ::unsetenv("JOBD_SOCKET");
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(first_socket(socket_places("")), "/run/jobd/jobd.sock");
  ::setenv("XDG_RUNTIME_DIR", folder.file("").c_str(), 1);
  EXPECT_EQ(first_socket(socket_places("")), "/run/jobd/jobd.sock");
  ::setenv("XDG_RUNTIME_DIR", folder.file("run").c_str(), 1);
  ASSERT_EQ(std::system(("mkdir -p " + folder.file("run/jobd")).c_str()), 0);
  folder.write("run/jobd/jobd.sock", "");
  EXPECT_EQ(first_socket(socket_places("")), folder.file("run/jobd/jobd.sock"));
  ::setenv("JOBD_SOCKET", "/from/environment", 1);
  EXPECT_EQ(first_socket(socket_places("")), "/from/environment");
  EXPECT_EQ(first_socket(socket_places("/given")), "/given");
  ::unsetenv("JOBD_SOCKET");
  ::unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace
}  // namespace jobd
