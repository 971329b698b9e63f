// AUTH: which secret is asked for and when, what becomes of a refused one.
#include "shared/base64.h"
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Terms login_terms(AuthMechanism mechanism = AuthMechanism::automatic) {
  return {.ehlo_name = "client.example.com", .tls = TlsLevel::verify, .log_in = true, .auth = mechanism};
}

class LogIn : public Story {
 protected:
  LogIn() : Story(login_terms()) {}
  explicit LogIn(Terms terms) : Story(std::move(terms)) {}

  void secure() { conversation.secured({}, now); }
  std::string words() const { return last.trouble_reply.reply; }
  void come_to_auth(const std::string& offered = "PLAIN LOGIN XOAUTH2 OAUTHBEARER") {
    greet(a_mail(), "250-mx\r\n250 STARTTLS");
    server("220 ready");
    secure();
    client();
    server("250-mx\r\n250 AUTH " + offered);
  }
  void password() { conversation.credentials(Credentials{"user", Secret("hunter22"), false}, now); }
  void token(const char* text = "token") { conversation.credentials(Credentials{"user", Secret(text), true}, now); }
};

TEST_F(LogIn, ComesBeforeTheFirstMail) {
  come_to_auth();
  ASSERT_TRUE(conversation.wants_credentials());
  EXPECT_FALSE(conversation.wants_credentials()->renewed);
  EXPECT_EQ(client(), "");
  password();
  EXPECT_FALSE(conversation.wants_credentials());
  EXPECT_EQ(client(), "AUTH PLAIN " + encode_base64({"\0user\0hunter22", 14}) + "\r\n");
  EXPECT_EQ(talk({"235 2.7.0 Accepted"}).back(), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_EQ(conversation.server().mechanism, "PLAIN");
}

TEST_F(LogIn, LoginAnswersBothPrompts) {
  come_to_auth("CRAM-MD5 LOGIN");
  password();
  EXPECT_EQ(client(), "AUTH LOGIN\r\n");
  EXPECT_THAT(talk({"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"}),
              ElementsAre(encode_base64("user") + "\r\n", encode_base64("hunter22") + "\r\n",
                          "MAIL FROM:<app@example.com>\r\n"));
}

TEST_F(LogIn, ATokenPrefersOauthbearer) {
  come_to_auth();
  token();
  EXPECT_THAT(client(), HasSubstr("AUTH OAUTHBEARER "));
}

TEST_F(LogIn, ARefusedTokenIsRenewedOnce) {
  come_to_auth("XOAUTH2");
  token();
  client();
  EXPECT_THAT(talk({"334 eyJzdGF0dXMiOiI0MDEifQ=="}), ElementsAre("\r\n"));
  server("535 5.7.8 Token expired");
  EXPECT_THAT(outcome(), ElementsAre());
  ASSERT_TRUE(conversation.wants_credentials());
  EXPECT_TRUE(conversation.wants_credentials()->renewed);
  token("another");
  EXPECT_THAT(client(), HasSubstr("AUTH XOAUTH2 "));
  talk({"334 eyJzdGF0dXMiOiI0MDEifQ=="});
  server("535 5.7.8 Token expired");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_EQ(words(), "Token expired");
}

TEST_F(LogIn, ANewTokenAfterARefusedOneOpensTheSession) {
  come_to_auth("OAUTHBEARER");
  token();
  client();
  talk({"334 eyJzdGF0dXMiOiI0MDEifQ==", "535 5.7.8 Token expired"});
  token("another");
  EXPECT_EQ(client(), "AUTH OAUTHBEARER " + encode_base64("n,a=user,\1auth=Bearer another\1\1") + "\r\n");
  EXPECT_EQ(talk({"235 2.7.0 Accepted"}).back(), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_EQ(conversation.server().mechanism, "OAUTHBEARER");
}

// Servers lock out who logs in wrongly too often.
TEST_F(LogIn, ARefusedTokenThatIsFetchedAgainIsNotSentAgain) {
  come_to_auth("XOAUTH2");
  token();
  client();
  talk({"334 eyJzdGF0dXMiOiI0MDEifQ=="});
  server("535 5.7.8 Token expired");
  token();
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_EQ(words(), "Token expired");
  EXPECT_EQ(last.trouble_reply.smtp_code, 535);
  EXPECT_EQ(last.trouble_reply.enhanced_code, "5.7.8");
  EXPECT_TRUE(conversation.closed());
}

// What is left to be mended is told.
TEST_F(LogIn, ARefusedTokenWithoutASecondIsToldInTheWordsOfTheCommand) {
  come_to_auth("XOAUTH2");
  token();
  client();
  server("535 5.7.8 Token expired");
  conversation.credentials(Error{Code::unavailable, "oauth2_command ended with exit code 1"}, now, Trouble::greeting);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_EQ(words(), "oauth2_command ended with exit code 1");
}

TEST_F(LogIn, AWrongPasswordIsNotTriedAgain) {
  come_to_auth();
  password();
  client();
  server("535 5.7.8 Username and Password not accepted");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_EQ(last.trouble_reply.smtp_code, 535);
  EXPECT_TRUE(conversation.closed());
}

TEST_F(LogIn, A4xxIsNoWrongPassword) {
  come_to_auth();
  password();
  client();
  server("454 4.7.0 Temporary authentication failure");
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
}

TEST_F(LogIn, TooManyConnectionsAtAuthSaysNothingOfTheRate) {
  come_to_auth();
  password();
  client();
  server("432 4.3.2 Concurrent connections limit exceeded.");
  EXPECT_THAT(outcome(), ElementsAre("trouble:closing"));
}

TEST_F(LogIn, AChallengeTooManyIsOutOfStep) {
  come_to_auth("PLAIN");
  password();
  client();
  server("334 more?");
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
}

TEST_F(LogIn, WithoutASecretToldInItsWords) {
  come_to_auth();
  conversation.credentials(Error{Code::unavailable, "cannot read the password file /x: No such file"}, now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_EQ(words(), "cannot read the password file /x: No such file");
  EXPECT_TRUE(conversation.closed());
}

TEST_F(LogIn, ACommandThatFailedIsNoRefusal) {
  come_to_auth();
  conversation.credentials(Error{Code::unavailable, "oauth2_command ended with exit code 1"}, now, Trouble::greeting);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_EQ(words(), "oauth2_command ended with exit code 1");
}

TEST_F(LogIn, ASecretThatDoesNotComeInTime) {
  come_to_auth();
  EXPECT_EQ(patience(), 1min);
  advance(1min);
  conversation.timed_out(now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
}

TEST_F(LogIn, ASecretThatComesTooLate) {
  come_to_auth();
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  password();
  EXPECT_EQ(client(), "");
}

TEST_F(LogIn, MechanismsThatWeDoNotKnowAreNamed) {
  come_to_auth("GSSAPI NTLM");
  EXPECT_FALSE(conversation.wants_credentials()) << "nobody is asked for a secret that cannot be used";
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), HasSubstr("GSSAPI NTLM"));
}

TEST_F(LogIn, ATokenWhereOnlyPasswordsAreTaken) {
  come_to_auth("PLAIN LOGIN");
  token();
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), AllOf(HasSubstr("PLAIN LOGIN"), HasSubstr("with an access token")));
}

TEST_F(LogIn, AServerWithoutAuth) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready");
  secure();
  client();
  server("250 mx");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), HasSubstr("offers no AUTH"));
}

class WithoutTls : public LogIn {
 protected:
  WithoutTls() : LogIn({.ehlo_name = "c", .tls = TlsLevel::may, .log_in = true}) {}
};

TEST_F(WithoutTls, NoSecretIsEvenAskedFor) {
  greet(a_mail(), "250-mx\r\n250 AUTH PLAIN");
  EXPECT_FALSE(conversation.wants_credentials());
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), HasSubstr("not encrypted"));
}

TEST_F(WithoutTls, NorWhenStarttlsIsRefused) {
  greet(a_mail(), "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN");
  server("454 not now");
  EXPECT_FALSE(conversation.wants_credentials());
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
}

class OnlyLogin : public LogIn {
 protected:
  OnlyLogin() : LogIn(login_terms(AuthMechanism::login)) {}
};

TEST_F(OnlyLogin, TheConfiguredMechanismOrNone) {
  come_to_auth("PLAIN");
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), HasSubstr("configured is LOGIN"));
}

}  // namespace
}  // namespace jobd::smtp
