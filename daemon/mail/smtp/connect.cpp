#include "daemon/mail/smtp/connect.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace jobd::smtp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

Result<std::vector<std::string>> system_look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return Error{Code::unavailable, ::gai_strerror(error)};
  std::vector<std::string> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text.data());
    }
  }
  ::freeaddrinfo(found);
  return addresses;
}

class SocketConnector final : public Connector, public std::enable_shared_from_this<SocketConnector> {
 public:
  SocketConnector(Destination destination, const std::shared_ptr<asio::io_context>& io, ConnectListener& listener)
      : destination_(std::move(destination)), io_(*io), weak_io_(io), listener_(listener), next_timer_(*io) {}

  void begin() {
    ErrorCode no_address;
    asio::ip::make_address(destination_.host, no_address);
    if (!no_address) return post(weak_io_, weak_from_this(), std::vector{destination_.host});
    LookUp look_up = destination_.look_up ? destination_.look_up : LookUp(system_look_up);
    try {
      std::thread(run_look_up, std::move(look_up), destination_.host, weak_io_, weak_from_this()).detach();
    } catch (const std::system_error& error) {
      post(weak_io_, weak_from_this(), Error{Code::unavailable, error.what()});
    }
  }

  std::string words_when_late(const std::string& waited) const override {
    if (tries_.empty()) return "cannot look up " + destination_.host + ": " + waited;
    return words_of_failures(waited);
  }

 private:
  using Found = Result<std::vector<std::string>>;
  struct Try {
    tcp::endpoint endpoint;
    tcp::socket socket;
    std::string failure;  // empty: it goes on
  };

  // On a thread that nobody waits for: getaddrinfo cannot be called off, and with name servers that keep silent it
  // takes 30 s or more. Asio's own look-ups would share one thread, where each waits for those before it, and the end
  // of jobd for that thread.
  static void run_look_up(const LookUp& look_up, const std::string& host, const std::weak_ptr<asio::io_context>& io,
                          const std::weak_ptr<SocketConnector>& self) {
    post(io, self, look_up(host));
  }

  static void post(const std::weak_ptr<asio::io_context>& weak_io, const std::weak_ptr<SocketConnector>& weak,
                   Found found) {
    const auto io = weak_io.lock();
    if (!io) return;
    asio::post(*io, [weak, found = std::move(found)] {
      if (const auto self = weak.lock()) self->looked_up(found);
    });
  }

  void looked_up(const Found& found) {
    if (!found) return fail("cannot look up " + destination_.host + ": " + found.error().message);
    const std::vector<std::string> addresses = in_turn(*found, destination_.source_address);
    if (addresses.empty() && !found->empty()) {
      return fail("cannot connect to " + destination_.host + " from " + destination_.source_address +
                  ": it has no address of that family");
    }
    if (addresses.empty()) return fail("cannot look up " + destination_.host + ": it has no address");
    for (const std::string& address : addresses) {
      ErrorCode checked;
      endpoints_.emplace_back(asio::ip::make_address(address, checked), destination_.port);
    }
    tries_.reserve(endpoints_.size());
    listener_.found(addresses);
    try_next();
  }

  void try_next() {
    if (tries_.size() == endpoints_.size()) return;
    const std::size_t index = tries_.size();
    Try& next = tries_.emplace_back(Try{endpoints_[index], tcp::socket(io_), ""});
    listener_.trying(text_of(next.endpoint));
    ErrorCode error;
    open(next, error);
    if (error) {
      asio::post(io_, [weak = weak_from_this(), index, error] {
        if (const auto self = weak.lock()) self->tried(index, error);
      });
    } else {
      next.socket.async_connect(next.endpoint, [weak = weak_from_this(), index](const ErrorCode& result) {
        if (const auto self = weak.lock()) self->tried(index, result);
      });
    }
    if (tries_.size() == endpoints_.size()) return;
    next_timer_.expires_after(kNextAddressAfter);
    next_timer_.async_wait([weak = weak_from_this(), index](const ErrorCode& cancelled) {
      const auto self = weak.lock();
      if (self && !cancelled && !self->done_ && self->tries_.size() == index + 1) self->try_next();
    });
  }

  void open(Try& made, ErrorCode& error) const {
    const auto protocol = made.endpoint.protocol();
    Descriptor socket(::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol.protocol()));
    if (socket.get() < 0) error.assign(errno, boost::system::system_category());
    if (!error) made.socket.assign(protocol, socket.get(), error);
    if (!error) socket.release();
    if (error || destination_.source_address.empty()) return;
    const auto source = asio::ip::make_address(destination_.source_address, error);
    if (!error) made.socket.bind(tcp::endpoint(source, 0), error);
  }

  void tried(std::size_t index, ErrorCode error) {
    if (done_) return;
    Try& tried = tries_[index];
    if (!error) tried.socket.non_blocking(true, error);
    if (!error) tried.socket.set_option(tcp::no_delay(true), error);
    Descriptor socket(error ? -1 : tried.socket.release(error));
    if (!error) {
      finish();
      return listener_.connected(std::move(socket), text_of(tried.endpoint));
    }
    tried.failure = error.message();
    listener_.address_failed(text_of(tried.endpoint), tried.failure);
    const bool last_begun = index + 1 == tries_.size();
    if (last_begun && tries_.size() < endpoints_.size()) return try_next();
    for (const Try& each : tries_) {
      if (each.failure.empty()) return;
    }
    if (tries_.size() == endpoints_.size()) fail(words_of_failures(""));
  }

  std::string words_of_failures(const std::string& of_others) const {
    std::string words = "cannot connect to ";
    const bool named = tries_.size() > 1 || tries_.front().endpoint.address().to_string() != destination_.host;
    if (named) words += destination_.host + (tries_.size() == 1 ? " at " : ": ");
    for (const Try& each : tries_) {
      if (&each != &tries_.front()) words += "; ";
      words += text_of(each.endpoint) + ": " + (each.failure.empty() ? of_others : each.failure);
    }
    return words;
  }

  void fail(const std::string& words) {
    finish();
    listener_.not_connected(words);
  }

  void finish() {
    done_ = true;
    next_timer_.cancel();
    ErrorCode ignored;
    for (Try& each : tries_) each.socket.close(ignored);
  }

  const Destination destination_;
  asio::io_context& io_;
  const std::weak_ptr<asio::io_context> weak_io_;  // for what other threads post
  ConnectListener& listener_;
  asio::steady_timer next_timer_;
  std::vector<tcp::endpoint> endpoints_;
  std::vector<Try> tries_;  // of the first of endpoints_
  bool done_ = false;
};

}  // namespace

std::shared_ptr<Connector> connect_to(Destination destination, const std::shared_ptr<asio::io_context>& io,
                                      ConnectListener& listener) {
  auto connector = std::make_shared<SocketConnector>(std::move(destination), io, listener);
  connector->begin();
  return connector;
}

std::vector<std::string> in_turn(const std::vector<std::string>& addresses, const std::string& source) {
  std::vector<std::string> families[2];  // that of the first, and the other
  std::optional<bool> first_is_v6;
  ErrorCode error;
  const auto from = asio::ip::make_address(source, error);
  const bool any = static_cast<bool>(error);
  for (const std::string& text : addresses) {
    const auto address = asio::ip::make_address(text, error);
    if (error || (!any && address.is_v6() != from.is_v6())) continue;
    if (!first_is_v6) first_is_v6 = address.is_v6();
    families[address.is_v6() == *first_is_v6 ? 0 : 1].push_back(text);
  }
  std::vector<std::string> ordered;
  for (std::size_t i = 0; i < families[0].size() || i < families[1].size(); ++i) {
    for (const auto& family : families) {
      if (i < family.size() && ordered.size() < Connector::kAddressesMax) ordered.push_back(family[i]);
    }
  }
  return ordered;
}

}  // namespace jobd::smtp
