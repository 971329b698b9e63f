// What a reply, or the loss of the session, means for the mail under way. All judgement of delivery failures is here,
// what single relays are known to mean by their words in judge_table.h; the conversation asks and obeys, the lifecycle
// counts.
//
// Two questions decide. Did the server judge this message? Then it is a verdict, which counts as an attempt. Or did
// something break on the way to it? Then it is trouble, which does not. And once the final dot is out, only a 2xx, 4xx
// or 5xx tells whether the message was taken; whatever else happens there leaves it uncertain (RFC 1047).
//
//   phase               2xx        4xx        5xx        421        no reply    closed      timed out   jobd stops
//   resolve             -          -          -          -          -           resolve     resolve     shutdown
//   connect             -          -          -          -          -           connect     connect     shutdown
//   greeting            goes on    greeting   greeting   closing    greeting    greeting    greeting    shutdown
//   EHLO, HELO          goes on    greeting   greeting*  closing    greeting    greeting    greeting    shutdown
//   STARTTLS            goes on    tls*       tls*       closing    tls         tls         tls         shutdown
//   TLS handshake       -          -          -          -          tls         tls         tls         shutdown
//   waiting for secret  greeting   greeting   greeting   closing    greeting    greeting    auth        shutdown
//   AUTH                goes on    greeting   auth*      closing    greeting    greeting    greeting    shutdown
//   MAIL, new session   goes on    TEMPORARY  PERMANENT  closing    greeting    greeting    greeting    shutdown
//   MAIL, reused        goes on    TEMPORARY  PERMANENT  stale      stale       stale       stale       shutdown
//   RCPT                goes on    TEMPORARY  PERMANENT  closing    closing     closing     closing     shutdown
//   DATA                closing    TEMPORARY  PERMANENT  closing    closing     closing     closing     shutdown
//   content, waiting    TEMPORARY  TEMPORARY  PERMANENT  closing    TEMPORARY   TEMPORARY   TEMPORARY   shutdown
//     to send the dot
//   after the dot       DELIVERED  TEMPORARY  PERMANENT  TEMPORARY  UNCERTAIN   UNCERTAIN   UNCERTAIN   UNCERTAIN
//
// Capitals are verdicts, the others Trouble. "No reply" is bytes that are none, or a reply of a kind that cannot stand
// there, as a 2xx to DATA, which goes on at 354.  * Before it asks, the conversation falls back from EHLO to HELO, goes
// on in plain text where TLS may be had or not, and tries once more with another token, if there is one, when the last
// was refused (535).
//
// A 4xx at AUTH is not a wrong password: servers that cannot reach their user table say so (454 4.7.0), and so do those
// that have seen too many log-ins. A 5xx there is, and the relay is left alone until somebody has mended it.
//
// A verdict at RCPT is that recipient's; at any other phase it is that of all recipients accepted by then or, at MAIL,
// of all. Trouble that the table finds in a reply to a mail (too fast, quota used up) is that wherever it is said, for
// it says nothing about the message; at RCPT only if in the end nobody has been accepted. Else those who were go on,
// the others go in the next mail, at no attempt of theirs, and the relay is told of beside the results. Likewise who is
// over the server's number of recipients for one mail (RFC 5321 4.5.3.1.10).
//
// A mail that has begun behind another one's dot (PIPELINING) and whose session ends before the other is answered is
// stale, whatever ended it: it has not been judged.
//
// A close while content runs counts, for a filter that hangs up on this very message would else be tried for ever; at
// RCPT and DATA, where nothing of the message is known to the server but its envelope, it does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/core/attempt.h"
#include "daemon/mail/smtp/reply.h"
#include "shared/clock.h"

namespace jobd::smtp {

// Where a session stands. From mail to dot a mail is under way and its answer awaited.
enum class Phase : std::uint8_t {
  resolve,
  connect,
  greeting,
  ehlo,
  helo,
  starttls,
  tls,          // the handshake
  credentials,  // being fetched
  auth,
  ready,  // for the next mail
  mail,
  rcpt,
  data,
  content,     // DATA was answered 354, the final dot is not completely out
  permission,  // all but the dot is out, and may it follow?
  dot,
  reset,
  quit,
  closed,
};

struct Stage {
  Phase phase = Phase::greeting;
  bool reused = false;  // the session carried a mail before this one
};

// The session can no longer be used.
struct Lost {
  enum class How : std::uint8_t { closed, timed_out, garbage, aborted };
  How how = How::closed;
  std::string words;  // "Connection reset by peer"
};

struct GoOn {
  friend bool operator==(GoOn, GoOn) = default;
};
struct Judgement {
  std::variant<GoOn, Verdict, Trouble> what;
  bool session_over = false;
  // With code and text; its verdict is that of `what` where there is one. At RCPT goes_next holds if somebody goes.
  RecipientResult words;
  std::optional<Duration> retry_after = std::nullopt;  // asked for in the reply
};

// Precondition: stage.phase is none of ready, reset, quit, closed: there no mail can be hurt.
Judgement judge(const Stage& stage, const Reply& reply);
Judgement judge(const Stage& stage, const Lost& lost);

}  // namespace jobd::smtp
