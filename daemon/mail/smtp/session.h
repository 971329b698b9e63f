// A conversation on a TCP connection. It moves bytes and keeps time; what they mean is the conversation's to say.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {

class Session;

// Told on the mail thread, never from inside a call of a Session's method. Outlives the sessions.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // Before the dot of a mail with ask_before_dot. permit may be called from any thread, once, at any later time.
  virtual void wants_dot(Session& session, std::function<void(bool)> permit) = 0;
  virtual void mail_done(Session& session, Outcome outcome) = 0;
  virtual void session_free(Session& session) = 0;   // can carry a mail; may be told more than once
  virtual void session_ended(Session& session) = 0;  // the last that is told of it
};

struct SessionSettings {
  std::string host;  // a name, looked up at each connect, or an address
  std::string port;
  std::string ehlo_name;
};

// Mail thread only. Must not outlive the io_context.
class Session {
 public:
  virtual ~Session() = default;
  virtual bool can_carry() const = 0;
  virtual void carry(Mail mail) = 0;  // precondition: can_carry()
  virtual void abort() = 0;
  // Closes the connection at once, after a QUIT when it is idle, and tells the owner nothing more. Also after the mail
  // thread's end.
  virtual void hang_up() = 0;
};

// Looks the host up, tries every address in turn, and carries the mail. Every failure is told as the mail's outcome.
// The session does not own io, whose handlers own the session.
std::shared_ptr<Session> open_session(const SessionSettings& settings, Mail first,
                                      const std::shared_ptr<boost::asio::io_context>& io, SessionOwner& owner);

}  // namespace jobd::smtp
