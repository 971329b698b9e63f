// What a Session repeats, and what not.
#include "cmd/session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/codec.h"
#include "tests/cmd/scripted_server.h"

namespace jobd::cmd {
namespace {

using jobd::testing::listen_at;
using jobd::testing::ScriptedServer;
using jobd::testing::TemporaryFolder;

SubmitEmail with_key() {
  SubmitEmail submit;
  submit.idempotency_key = "key";
  return submit;
}

TEST(SessionTest, ALostConnectionIsFollowedByASecondTry) {
  const TemporaryFolder folder;
  const ScriptedServer server(folder.file("s"), [](const std::string&, std::size_t number) {
    return number == 0 ? std::nullopt : std::optional(encode_reply({}, Pong{"1.0"}));
  });
  Session session(folder.file("s"));
  EXPECT_TRUE(session.call(with_key()));
  EXPECT_EQ(server.lines().size(), 2U);
}

// It would only double the time: sendmail has 10 s.
TEST(SessionTest, AJobdThatHangsIsAskedOnce) {
  const TemporaryFolder folder;
  const int listener = listen_at(folder.file("s"));
  Session session(folder.file("s"), Duration(20));
  const auto answer = session.call(with_key());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_TRUE(session.is_outcome_unknown());
  const int first = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT_GE(first, 0);
  timeval at_once{0, 1000};
  ::setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &at_once, sizeof at_once);
  EXPECT_LT(::accept(listener, nullptr, nullptr), 0) << "a second connection";
  ::close(first);
  ::close(listener);
}

}  // namespace
}  // namespace jobd::cmd
