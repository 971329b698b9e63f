#include "daemon/mail/smtp/credentials.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/mail/smtp/secret_command.h"
#include "daemon/mail/smtp/token.h"

namespace jobd::smtp {
namespace {

namespace asio = boost::asio;

class SettingsSource final : public CredentialSource, public std::enable_shared_from_this<SettingsSource> {
 public:
  SettingsSource(const RelaySettings& settings, const std::shared_ptr<asio::io_context>& io, Duration command_time)
      : username_(settings.username),
        password_file_(settings.password_file),
        oauth2_file_(settings.oauth2_file),
        command_(settings.oauth2_command),
        command_time_(command_time),
        io_(io) {}

  void fetch(TokenNumber refused, std::function<void(FoundCredentials)> done) override {
    if (!command_.empty()) return fetch_by_command(refused, std::move(done));
    const bool token = password_file_.empty();
    Result<Secret> read =
        token ? read_secret(oauth2_file_, "the token file") : read_secret(password_file_, "the password file");
    later(std::move(done), found_with(std::move(read), token, token ? ++number_ : 0));
  }

 private:
  void fetch_by_command(TokenNumber refused, std::function<void(FoundCredentials)> done) {
    if (token_ && number_ != refused && steady_now() < token_until_) {
      return later(std::move(done), found_with(token_->copy(), true, number_));
    }
    waiting_.push_back(std::move(done));
    if (running_) return;
    running_ = true;
    try {
      std::thread(run, command_, command_time_, io_, weak_from_this()).detach();
    } catch (const std::system_error& error) {
      post(io_, weak_from_this(),
           Error{Code::unavailable, std::string("oauth2_command cannot be run: ") + error.what()});
    }
  }

  // On a thread that nobody waits for: the command may take its whole time when jobd wants to end.
  static void run(const std::string& command, Duration limit, const std::weak_ptr<asio::io_context>& io,
                  const std::weak_ptr<SettingsSource>& self) {
    post(io, self, run_for_secret(command, limit));
  }

  static void post(const std::weak_ptr<asio::io_context>& weak_io, const std::weak_ptr<SettingsSource>& weak,
                   Result<Secret> printed) {
    const auto io = weak_io.lock();
    if (!io) return;
    asio::post(*io, [weak, printed = std::move(printed)]() mutable {
      if (const auto self = weak.lock()) self->has_run(std::move(printed));
    });
  }

  void has_run(Result<Secret> printed) {
    running_ = false;
    Result<Token> token = printed ? parse_token(*std::move(printed)) : Result<Token>(printed.error());
    if (token) {
      ++number_;
      token_ = std::move(token->text);
      token_until_ = token->lifetime ? steady_now() + *token->lifetime - kBeforeExpiry : Moment::max();
    }
    for (const auto& done : std::exchange(waiting_, {})) {
      done(token ? found_with(token_->copy(), true, number_) : FoundCredentials{token.error(), 0, Trouble::greeting});
    }
  }

  FoundCredentials found_with(Result<Secret> secret, bool token, TokenNumber number) const {
    if (!secret) return {std::move(secret).error()};
    return {Credentials{username_, *std::move(secret), token}, number};
  }

  void later(std::function<void(FoundCredentials)> done, FoundCredentials found) {
    const auto io = io_.lock();
    if (!io) return;
    asio::post(*io, [weak = weak_from_this(), done = std::move(done), found = std::move(found)]() mutable {
      if (!weak.expired()) done(std::move(found));
    });
  }

  const std::string username_;
  const std::string password_file_;
  const std::string oauth2_file_;
  const std::string command_;
  const Duration command_time_;
  const std::weak_ptr<asio::io_context> io_;
  std::vector<std::function<void(FoundCredentials)>> waiting_;  // for the command
  bool running_ = false;
  std::optional<Secret> token_;  // the last that it printed
  Moment token_until_{};
  TokenNumber number_ = 0;
};

}  // namespace

std::shared_ptr<CredentialSource> CredentialSource::make(const RelaySettings& settings,
                                                         const std::shared_ptr<asio::io_context>& io,
                                                         Duration command_time) {
  return std::make_shared<SettingsSource>(settings, io, command_time);
}

}  // namespace jobd::smtp
