// A connection to a host: its name looked up, then one of its addresses reached.
//
// Every connect looks the name up anew, for relays move. Addresses are tried as RFC 8305 has it, in a simple form: in
// the order of the look-up but the two families in turn, each begun when the one before has failed, or after
// kNextAddressAfter without an answer, while that one goes on; the first that answers is taken. One after the other
// would cost a machine with a broken IPv6 route a whole time-out at every connect. At most kAddressesMax are tried.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/mail/relay.h"
#include "shared/descriptor.h"

namespace boost::asio {
class io_context;
}

namespace jobd::smtp {

struct Destination {
  std::string host;  // a name or an address
  std::uint16_t port = 25;
  std::string source_address;  // to connect from: then only addresses of its family are tried; empty: any
  LookUp look_up;              // empty: the system's
};

// Told on the mail thread, never from inside a call of connect_to() or of a Connector's method.
class ConnectListener {
 public:
  virtual ~ConnectListener() = default;
  virtual void found(const std::vector<std::string>& addresses) = 0;                    // those that will be tried
  virtual void trying(const std::string& address) = 0;                                  // "192.0.2.1:25"
  virtual void address_failed(const std::string& address, const std::string& why) = 0;  // another may still answer
  virtual void connected(Descriptor socket, const std::string& address) = 0;            // the end
  virtual void not_connected(const std::string& words) = 0;                             // or this: "cannot ..."
};

// Gives up when it goes. Mail thread only. Does not own io, whose handlers hold it weakly.
class Connector {
 public:
  static constexpr Duration kNextAddressAfter = std::chrono::milliseconds(250);
  static constexpr std::size_t kAddressesMax = 8;

  virtual ~Connector() = default;
  // What there is to say when it took too long; waited: "no answer within 30 s".
  virtual std::string words_when_late(const std::string& waited) const = 0;
};

// listener lives as long as the Connector.
std::shared_ptr<Connector> connect_to(Destination destination, const std::shared_ptr<boost::asio::io_context>& io,
                                      ConnectListener& listener);

// The two families in turn, beginning with that of the first; kAddressesMax at most. With a source only those of its
// family. Texts that are no address are left out.
std::vector<std::string> in_turn(const std::vector<std::string>& addresses, const std::string& source);

}  // namespace jobd::smtp
