// TLS without its socket: bytes in, bytes out. OpenSSL behind it.
//
// It works on memory, not on the socket, so that the shell reads and writes in one place whether there is TLS or not,
// and knows exactly which bytes came before the handshake began: those are never taken for part of it.
//
// At TlsLevel::verify the chain must lead to a root that is trusted, and the certificate name the host; else the
// handshake fails, in words for a person. Below it every certificate is taken, and the facts tell what it was worth.
// TLS 1.2 is the least. Sessions are resumed where the server offers it, which saves it and us the costly part.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "daemon/mail/smtp/terms.h"
#include "shared/result.h"

namespace jobd::smtp {

struct TlsDemand {
  bool verify = true;
  std::string host;     // whom the certificate must name: a name or an address
  std::string ca_file;  // PEM; empty: the system's roots
};

// One connection. Own thread only.
class TlsStream {
 public:
  virtual ~TlsStream() = default;

  enum class Handshake { under_way, done, failed };
  // Goes on with what has been received. done: facts() are known; failed: words() say why, and output() has the alert.
  virtual Handshake shake() = 0;
  virtual const TlsFacts& facts() const = 0;
  virtual const std::string& words() const = 0;

  virtual void received(std::string_view bytes) = 0;  // from the server
  // Plain bytes that have come, so far as they fit. 0: none now; then ended() tells whether more may come.
  virtual std::size_t read(std::span<char> plain) = 0;
  // The server has said that it is done, or broke the protocol; words() say which.
  virtual bool ended() const = 0;

  virtual void write(std::string_view plain) = 0;  // precondition: the handshake is done
  virtual void close() = 0;                        // says that we are done, once
  // To the server. The view holds until the next call of anything but output().
  virtual std::string_view output() const = 0;
  virtual void written(std::size_t bytes) = 0;
};

// What the connections to one relay share. Own thread only; outlives its streams.
class TlsContext {
 public:
  // Errors: unavailable: a ca_file that cannot be read.
  static Result<std::unique_ptr<TlsContext>> make(const TlsDemand& demand);
  virtual ~TlsContext() = default;
  virtual std::unique_ptr<TlsStream> connect() = 0;
};

}  // namespace jobd::smtp
