// A session under the eyes of somebody who knows SMTP only from outside: what the client wrote, what the server said.
//
// It reads the client's bytes and the server's with a reader of its own, pairs commands with replies, and notes every
// promise of the conversation that does not hold: see check() and its like. Mails are made so that each line on the
// wire tells whose it is: mail 3 is from f3@x.org to r3.0@x.org and on, its content lines begin with "@3".
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {

class WatchedSession {
 public:
  explicit WatchedSession(Terms terms);

  struct Kind {
    int recipients = 1;
    bool hold = false;
    bool only_ask = false;
    std::size_t bytes = 40;
  };
  // Events of the shell. Those that cannot happen now do nothing.
  void begin(const Kind& kind);
  void connect();
  void receive(std::string_view bytes);
  void write(std::size_t most);       // of what there is to write
  void write_all_but(std::size_t n);  // of the bytes that the client offers at once
  void secure();
  void give_credentials(bool token);
  void give_no_credentials();
  void permit(bool go);
  void lose();
  void time_out();
  void abort();
  void advance(Duration by) { now_ += by; }
  // The end of everything: whatever has no outcome now never has one.
  void finish();

  const Conversation& conversation() const { return conversation_; }
  Moment now() const { return now_; }
  // What the client waits for: "MAIL", "dot", "greeting"; empty: nothing.
  std::string owed() const { return owed_.empty() || !owed_.front().asked ? "" : owed_.front().what; }
  std::size_t delivered() const { return delivered_; }  // mails
  const std::vector<std::string>& broken() const { return broken_; }
  const std::string& transcript() const { return transcript_; }

 private:
  struct Seen {
    Kind kind = {};
    std::size_t rcpts = 0, accepted = 0, datas = 0;
    bool mail = false, mail_ok = false, content = false, dot = false, permitted = false, ended = false;
    int dot_reply = 0;
  };
  struct Owed {
    std::string what;
    std::size_t mail = 0;
    bool asked = true;
  };

  void expect(bool holds, const std::string& promise);
  void after(Moment deadline_before, bool progress);
  void read_client(std::string_view bytes);
  void read_line(const std::string& line);
  void read_command(const std::string& line);
  void read_content(const std::string& line);
  void on_dot();
  bool read_server(std::string_view bytes);
  void on_reply(const Reply& reply);
  void take_outcomes();
  void judge_outcome(std::size_t number, const Outcome& outcome);

  Moment now_{std::chrono::hours(1)};
  const Terms terms_;
  Conversation conversation_;
  std::vector<Seen> mails_;
  std::size_t outcomes_ = 0;
  std::size_t delivered_ = 0;
  std::deque<Owed> owed_;
  std::string line_;         // of the client, not ended
  std::size_t current_ = 0;  // the mail whose commands are being read
  bool in_content_ = false;
  bool secured_ = false;
  bool in_step_ = true;
  ReplyReader reader_;
  std::vector<std::string> broken_;
  std::string transcript_;
};

}  // namespace jobd::smtp
