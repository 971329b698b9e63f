// Secrets: where they come from, and what is said when they do not.
#include "daemon/mail/smtp/secret.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "daemon/mail/smtp/secret_command.h"
#include "daemon/mail/smtp/token.h"
#include "tests/support/temporary_folder.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SecretTest : public ::testing::Test {
 protected:
  ~SecretTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  std::string file(const std::string& content) const { return folder.write("secret", content); }
  static std::string error_of(const Result<Secret>& read) { return read ? "none" : read.error().message; }

  const jobd::testing::TemporaryFolder folder;
};

TEST(Secret, MovesAndLeavesNothingBehind) {
  Secret first("hunter2");
  Secret second(std::move(first));
  EXPECT_EQ(second.view(), "hunter2");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): this is the promise
  const Secret third = second.copy();
  second = Secret("other");
  EXPECT_EQ(third.view(), "hunter2");
  EXPECT_EQ(second.view(), "other");
}

TEST(Secret, KeepsAPart) {
  Secret secret("[token]");
  secret.keep(1, 5);
  EXPECT_EQ(secret.view(), "token");
  EXPECT_EQ(std::string_view(secret.view().data() + 5, 2), std::string_view("\0\0", 2));
}

TEST_F(SecretTest, AFileWithoutItsOneLineEnd) {
  for (const char* content : {"hunter2", "hunter2\n", "hunter2\r\n"}) {
    EXPECT_EQ(read_secret(file(content), "the password file")->view(), "hunter2");
  }
  EXPECT_EQ(read_secret(file(" spaces stay \n"), "the password file")->view(), " spaces stay ");
  EXPECT_EQ(read_secret(file(std::string(Secret::kBytesMax, 'x')), "the password file")->view().size(),
            Secret::kBytesMax);
}

TEST_F(SecretTest, AFileThatIsNone) {
  const std::string missing = folder.file("missing");
  EXPECT_EQ(error_of(read_secret(missing, "the password file")),
            "cannot read the password file " + missing + ": No such file or directory");
  EXPECT_EQ(error_of(read_secret(file(""), "the password file")),
            "the password file " + folder.file("secret") + " is empty");
  EXPECT_THAT(error_of(read_secret(file("\n"), "the password file")), HasSubstr("is empty"));
  EXPECT_THAT(error_of(read_secret(file("one\ntwo\n"), "the token file")),
              AllOf(HasSubstr("more than one line"), Not(HasSubstr("one\n"))));
  EXPECT_THAT(error_of(read_secret(file(std::string("a\0b", 3)), "the token file")), HasSubstr("NUL"));
  EXPECT_THAT(error_of(read_secret(file(std::string(Secret::kBytesMax + 1, 'x')), "the token file")),
              HasSubstr("is longer than 16384 bytes"));
  EXPECT_THAT(error_of(read_secret(folder.file(""), "the token file")), HasSubstr("it is no regular file"));
}

TEST_F(SecretTest, AFifoIsNotWaitedFor) {
  const std::string path = folder.file("fifo");
  ::mkfifo(path.c_str(), 0600);
  EXPECT_THAT(error_of(read_secret(path, "the password file")), HasSubstr("no regular file"));
}

TEST_F(SecretTest, ANameIsACredential) {
  file("hunter2\n");
  EXPECT_THAT(error_of(read_secret("secret", "the password file")),
              HasSubstr("$CREDENTIALS_DIRECTORY, which is not set"));
  const std::string credentials = folder.file(".");
  ::setenv("CREDENTIALS_DIRECTORY", credentials.c_str(), 1);
  EXPECT_EQ(read_secret("secret", "the password file")->view(), "hunter2");
  EXPECT_THAT(error_of(read_secret("other", "the password file")), HasSubstr(credentials + "/other: No such file"));
}

TEST_F(SecretTest, DoubtsAFileThatEverybodyMayRead) {
  const std::string path = file("hunter2");
  ::chmod(path.c_str(), 0640);
  EXPECT_EQ(doubt_about_secret(path), "");
  ::chmod(path.c_str(), 0644);
  EXPECT_THAT(doubt_about_secret(path), StartsWith(path + " holds a secret, and everybody"));
  EXPECT_EQ(doubt_about_secret(folder.file("missing")), "");
}

TEST(SecretCommand, GivesWhatItPrints) {
  EXPECT_EQ(run_for_secret("printf token", 30s)->view(), "token");
  EXPECT_EQ(run_for_secret("cat; echo done", 30s)->view(), "done\n");  // nothing on its stdin
}

TEST(SecretCommand, SaysWhatWentWrong) {
  const auto error_of = [](const char* command, Duration limit) {
    const auto run = run_for_secret(command, limit);
    return run ? "none" : run.error().message;
  };
  EXPECT_EQ(error_of("echo no such account >&2; echo second >&2; exit 3", 30s),
            "oauth2_command ended with exit code 3: no such account");
  EXPECT_EQ(error_of("exit 1", 30s), "oauth2_command ended with exit code 1");
  EXPECT_EQ(error_of("kill -9 $$", 30s), "oauth2_command was ended by signal 9");
  EXPECT_EQ(error_of("exec cat /dev/zero", 30s), "oauth2_command printed more than 16384 bytes");
  EXPECT_EQ(error_of("mkfifo /dev/null/x 2>/dev/null; tail -f /dev/null", 100ms),
            "oauth2_command did not end within 100 ms");
}

TEST(SecretCommand, InheritsNoDescriptor) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int high = ::fcntl(socket, F_DUPFD, 100);
  const auto run = run_for_secret("for fd in 3 4 5 6 7 8 9 100; do test ! -e /proc/$$/fd/$fd || echo $fd; done", 30s);
  ::close(socket);
  ::close(high);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->view(), "");
}

// A grandchild that keeps the pipes open is not waited for.
TEST(SecretCommand, LeavesAloneWhatGoesOnBehindIt) {
  EXPECT_EQ(run_for_secret("tail -f /dev/null & printf token; kill $! && true", 30s)->view(), "token");
  const auto run = run_for_secret("(tail --pid=$$ -f /dev/null) & printf token", 30s);
  EXPECT_EQ(run->view(), "token");
}

TEST(Token, PlainOrJson) {
  const auto plain = parse_token(Secret("ya29.token\n"));
  EXPECT_EQ(plain->text.view(), "ya29.token");
  EXPECT_EQ(plain->lifetime, std::nullopt);
  const auto json = parse_token(Secret(R"({"access_token":"ya29.token","expires_in":3599,"token_type":"Bearer"})"));
  EXPECT_EQ(json->text.view(), "ya29.token");
  EXPECT_EQ(json->lifetime, 3599s);
}

// Some encoders write = so, some /.
TEST(Token, IsUnescaped) {
  const auto token = parse_token(Secret(R"({ "scope" : "a \"b\": c", "access\u005ftoken" : "a\u003d\/\\\u003D" })"));
  EXPECT_EQ(token->text.view(), "a=/\\=");
}

TEST(Token, IsTheOneOfTheObjectItself) {
  const auto token = parse_token(Secret(R"({"more":{"access_token":"no"},"list":["no"],"access_token":"yes"})"));
  EXPECT_EQ(token->text.view(), "yes");
}

TEST(Token, WhatIsNone) {
  for (const char* text : {"", "two\nlines", "{", "{}", "{\"", R"({"access_token":1})", R"({"access_token":""})",
                           R"({"access_token":"a\nb"})", "{\"access_token\":\"a\tb\"}", R"({"access_token":"a\x"})",
                           R"({"access_token":"\u00e9"})", R"({"access_token":"\u1"})", R"({"access_token":"a)",
                           R"({"access_token":"a\")", R"({"other":"access_token"})"}) {
    const auto token = parse_token(Secret(text));
    ASSERT_FALSE(token) << text;
    EXPECT_THAT(token.error().message, HasSubstr("oauth2_command printed")) << text;
  }
}

}  // namespace
}  // namespace jobd::smtp
