#include "daemon/mail/smtp/auth.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "daemon/mail/smtp/token.h"
#include "shared/base64.h"

namespace jobd::smtp {
namespace {

constexpr auto kAutomatic = AuthMechanism::automatic;
constexpr auto kXoauth2 = AuthMechanism::xoauth2;
constexpr auto kOauthbearer = AuthMechanism::oauthbearer;
using ::testing::EndsWith;
using ::testing::StartsWith;

Login a_login(AuthMechanism mechanism, const std::string& secret = "secret", const std::string& user = "user") {
  return {mechanism, {user, Secret(secret), mechanism == kXoauth2 || mechanism == kOauthbearer}};
}

std::string encoded(std::string_view bytes) {
  return encode_base64(bytes);
}

// Sanitizers bring heaps of their own, which are not where the search looks.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JOBD_HAS_ANOTHER_HEAP
#endif
#endif
#ifndef JOBD_HAS_ANOTHER_HEAP
// How often a text stands in what a core would show of the heap. It is given backwards, not to find itself.
std::size_t count_in_heap(std::string_view backwards) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("[heap]")) continue;
    const std::size_t dash = line.find('-');
    const auto* at = reinterpret_cast<const char*>(std::stoul(line.substr(0, dash), nullptr, 16));
    const auto* end = reinterpret_cast<const char*>(std::stoul(line.substr(dash + 1), nullptr, 16));
    std::size_t count = 0;
    while ((at = std::search(at, end, backwards.rbegin(), backwards.rend())) != end) ++at, ++count;
    return count;
  }
  return 0;
}

TEST(Login, LeavesNoCopyOfTheSecretBehind) {
  std::string password;
  for (int i = 0; i < 1800; ++i) password += static_cast<char>('!' + i * i % 89);
  std::string backwards = encoded(std::string_view(password).substr(900, 300));
  std::ranges::reverse(backwards);
  Login login = a_login(AuthMechanism::plain, password, "u");  // three bytes in front: the same base64 behind them
  for (int i = 0; i < 3; ++i) {
    std::string words = "235 welcome";
    login.blank(words);
  }
  std::string line = login.command();
  wipe(line);
  EXPECT_EQ(count_in_heap(backwards), 0);
  const std::string planted(backwards.rbegin(), backwards.rend());
  EXPECT_EQ(count_in_heap(backwards), 1) << "the search finds what is there";
}

TEST(Token, LeavesNoCopyOfItselfBehind) {
  std::string json;
  json.reserve(4096);  // growing would leave copies of our own
  json += R"({"token_type":"Bearer","access_token":")";
  for (int i = 0; i < 1800; ++i) json += static_cast<char>('a' + (i * i + i / 23) % 26);
  json += R"(","expires_in":3599})";
  std::string backwards = json.substr(900, 300);
  std::ranges::reverse(backwards);
  Secret printed(json);
  wipe(json);
  const auto parsed = parse_token(std::move(printed));
  EXPECT_EQ(parsed->text.view().size(), 1800);
  EXPECT_EQ(count_in_heap(backwards), 0);
}
#endif

TEST(Login, PlainSaysAllAtOnce) {
  Login plain = a_login(AuthMechanism::plain);
  EXPECT_EQ(plain.command(), "AUTH PLAIN " + encoded({"\0user\0secret", 12}) + "\r\n");
  EXPECT_EQ(plain.shown(), "AUTH PLAIN ***");
  EXPECT_FALSE(plain.answer()) << "there is nothing more to say";
}

TEST(Login, LoginAnswersBothPrompts) {
  Login two = a_login(AuthMechanism::login);
  EXPECT_EQ(two.command(), "AUTH LOGIN\r\n");
  EXPECT_EQ(two.shown(), "AUTH LOGIN");
  EXPECT_EQ(two.answer(), encoded("user") + "\r\n");
  EXPECT_EQ(two.answer(), encoded("secret") + "\r\n");
  EXPECT_FALSE(two.answer());
}

TEST(Login, Oauthbearer) {
  Login bearer = a_login(kOauthbearer, "token", "a=b,c@example.com");
  EXPECT_EQ(bearer.command(), "AUTH OAUTHBEARER " +
                                  encoded("n,a=a=3Db=2Cc@example.com,\x01"
                                          "auth=Bearer token\x01\x01") +
                                  "\r\n");
  EXPECT_EQ(bearer.answer(), "AQ==\r\n") << "to the error in JSON";
  EXPECT_FALSE(bearer.answer());
}

TEST(Login, Xoauth2) {
  Login older = a_login(kXoauth2, "token");
  EXPECT_EQ(older.command(), "AUTH XOAUTH2 " +
                                 encoded("user=user\x01"
                                         "auth=Bearer token\x01\x01") +
                                 "\r\n");
  EXPECT_EQ(older.answer(), "\r\n") << "to the error in JSON";
  EXPECT_FALSE(older.answer());
}

// RFC 4954 section 4: no initial response where the line would be longer than a command may be.
TEST(Login, ALongTokenWaitsToBeAskedFor) {
  Login bearer = a_login(kOauthbearer, std::string(2000, 't'));
  EXPECT_EQ(bearer.command(), "AUTH OAUTHBEARER\r\n");
  const auto answer = bearer.answer();
  ASSERT_TRUE(answer);
  EXPECT_THAT(*decode_base64(*answer), StartsWith("n,a=user,"));
  EXPECT_THAT(*decode_base64(*answer), EndsWith("ttt\x01\x01"));
  EXPECT_EQ(bearer.answer(), "AQ==\r\n");
}

TEST(Login, WordsOfTheServerThatRepeatTheSecret) {
  Login plain = a_login(AuthMechanism::plain, "hunter22");
  std::string said = plain.command();
  std::string words = "unrecognised \"" + said.substr(0, said.size() - 2) + "\", hunter22, " + encoded("hunter22");
  plain.blank(words);
  EXPECT_EQ(words, "unrecognised \"AUTH PLAIN ***\", ***, ***");
}

TEST(ChooseMechanism, TheBestOfThoseOffered) {
  const std::vector<std::string> all = {"LOGIN", "CRAM-MD5", "PLAIN", "XOAUTH2", "OAUTHBEARER"};
  EXPECT_EQ(choose_mechanism(kAutomatic, all, true), kOauthbearer);
  EXPECT_EQ(choose_mechanism(kAutomatic, all, false), AuthMechanism::plain);
  EXPECT_EQ(choose_mechanism(kAutomatic, {"LOGIN", "XOAUTH2"}, true), kXoauth2);
  EXPECT_EQ(choose_mechanism(kAutomatic, {"LOGIN", "XOAUTH2"}, false), AuthMechanism::login);
  EXPECT_EQ(choose_mechanism(kAutomatic, {"CRAM-MD5"}, std::nullopt), std::nullopt);
  EXPECT_EQ(choose_mechanism(kAutomatic, {"XOAUTH2"}, false), std::nullopt) << "a password is no token";
}

TEST(ChooseMechanism, OnlyTheOneThatIsWanted) {
  EXPECT_EQ(choose_mechanism(AuthMechanism::login, {"PLAIN", "LOGIN"}, false), AuthMechanism::login);
  EXPECT_EQ(choose_mechanism(AuthMechanism::login, {"PLAIN"}, std::nullopt), std::nullopt);
  EXPECT_EQ(choose_mechanism(AuthMechanism::plain, {"PLAIN"}, true), std::nullopt) << "a token is no password";
}

}  // namespace
}  // namespace jobd::smtp
