// A conversation on a TCP connection, in TLS or not. It moves bytes, keeps time and fetches what it is asked for; what
// any of it means is the conversation's to say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/mail/smtp/conversation.h"
#include "daemon/mail/smtp/relay_access.h"

namespace jobd::smtp {

class Session;

// Told on the mail thread, never from inside a call of a Session's method. Outlives the sessions.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // Before the dot of a mail with ask_before_dot, the oldest that is not done. permit may be called from any thread,
  // once, at any later time.
  virtual void wants_dot(Session& session, std::function<void(bool)> permit) = 0;
  virtual void mail_done(Session& session, Outcome outcome) = 0;        // of the oldest mail
  virtual void mail_given_back(Session& session, Outcome outcome) = 0;  // of the one behind the oldest, which goes on
  virtual void session_free(Session& session) = 0;                      // can carry a mail; may be told more than once
  virtual void session_ended(Session& session) = 0;                     // the last that is told of it
};

// Who wants to see how a connection comes about; told as the owner is.
class SessionWatcher {
 public:
  virtual ~SessionWatcher() = default;
  virtual void found(const std::vector<std::string>& addresses) = 0;
  virtual void address_failed(const std::string& address, const std::string& why) = 0;
  virtual void connected(const std::string& address) = 0;
  virtual void secured(const TlsFacts& facts) = 0;
  virtual void fetching_secret() = 0;
};

// Mail thread only. Must not outlive the io_context.
class Session {
 public:
  virtual ~Session() = default;
  virtual bool can_carry() const = 0;
  virtual void carry(Mail mail) = 0;  // precondition: can_carry()
  virtual bool opened() const = 0;    // past greeting, TLS and log-in, and not ended
  virtual const ServerFacts& server() const = 0;
  virtual void abort() = 0;
  // Closes the connection at once, after a QUIT when it is idle, and tells the owner nothing more. Also after the mail
  // thread's end.
  virtual void hang_up() = 0;
};

// Connects and carries the mail. Every failure is told as the mail's outcome. The session does not own io, whose
// handlers own the session; access, owner and watcher outlive it, or its hang_up().
std::shared_ptr<Session> open_session(RelayAccess& access, Terms terms, Mail first,
                                      const std::shared_ptr<boost::asio::io_context>& io, SessionOwner& owner,
                                      SessionWatcher* watcher = nullptr);

}  // namespace jobd::smtp
