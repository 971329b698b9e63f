// A session as a story: what the server says, what the client answers.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {

inline Mail a_mail(std::vector<std::string> recipients = {"user@example.com"}) {
  return {"app@example.com", std::move(recipients), "Subject: Hello\r\n\r\nTest email\r\n", false};
}

inline Mail a_hold_mail() {
  Mail mail = a_mail();
  mail.ask_before_dot = true;
  return mail;
}

inline Terms plain_terms() {
  return {.ehlo_name = "client.example.com"};
}

class Story : public ::testing::Test {
 protected:
  explicit Story(Terms terms = plain_terms()) : conversation(std::move(terms), now) {}

  void server(std::string_view line) { conversation.received(std::string(line) + "\r\n", now); }

  // All that the client has to say now.
  std::string client() {
    std::string said;
    for (std::string_view out = conversation.output(); !out.empty(); out = conversation.output()) {
      said += out;
      conversation.written(out.size(), now);
    }
    return said;
  }

  void connect(Mail mail = a_mail()) {
    conversation.begin(std::move(mail), now);
    conversation.connecting(now);
    conversation.connected(now);
  }

  // The client's words after each of the server's.
  std::vector<std::string> talk(const std::vector<std::string>& server_lines) {
    std::vector<std::string> said;
    for (const std::string& line : server_lines) {
      server(line);
      said.push_back(client());
    }
    return said;
  }

  void greet(Mail mail = a_mail(), const std::string& ehlo_reply = "250 mx.example.com") {
    connect(std::move(mail));
    talk({"220 mx.example.com ESMTP", ehlo_reply});
  }

  // The mail begun on a session that has delivered one before.
  void greet_and_reuse(Mail mail = a_mail()) {
    greet();
    talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
    EXPECT_EQ(outcome(), std::vector<std::string>{"delivered"});
    conversation.begin(std::move(mail), now);
    client();
  }

  // One word per recipient, or "trouble:" and its name. Empty when nothing is known yet.
  std::vector<std::string> outcome() {
    last = {};
    const auto taken = conversation.take_outcome();
    if (!taken) return {};
    last = *taken;
    if (taken->trouble) return {"trouble:" + std::string(name(*taken->trouble))};
    std::vector<std::string> words;
    for (const RecipientResult& each : taken->recipients) {
      static const char* const kWords[] = {"delivered", "temporary", "permanent", "uncertain"};
      words.emplace_back(kWords[static_cast<int>(each.verdict)]);
    }
    return words;
  }

  void advance(Duration by) { now += by; }
  // How much longer the client is willing to wait.
  Duration patience() const { return std::chrono::duration_cast<Duration>(conversation.deadline() - now); }

  Moment now{std::chrono::hours(1)};
  Conversation conversation;
  Outcome last;  // of outcome()
};

}  // namespace jobd::smtp
