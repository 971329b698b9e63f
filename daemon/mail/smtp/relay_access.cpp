#include "daemon/mail/smtp/relay_access.h"

#include <utility>

namespace jobd::smtp {

RelayAccess::RelayAccess(RelaySettings settings, const MailContext& context)
    : settings_(std::move(settings)),
      look_up_(context.look_up),
      warn_(context.warn),
      credentials_(CredentialSource::make(settings_, context.io)) {}

Destination RelayAccess::destination() const {
  return {settings_.host, settings_.port, settings_.source_address, look_up_};
}

Terms RelayAccess::terms(Moment now) const {
  return {.ehlo_name = settings_.ehlo_name,
          .tls = settings_.tls,
          .implicit_tls = settings_.implicit_tls,
          .log_in = !settings_.username.empty(),
          .auth = settings_.auth,
          .mails_per_session = settings_.mails_per_connection,
          .idle = settings_.idle_timeout,
          .attempt = settings_.attempt_timeout,
          .min_bytes_per_second = settings_.min_bytes_per_second,
          .size_max = settings_.size_max,
          .tls_is_broken = now < plain_until_};
}

// A reply that asks for STARTTLS is trouble of the same name, and no plain text would mend it.
bool RelayAccess::goes_on_in_plain(const Outcome& outcome, Moment now) {
  if (settings_.tls != TlsLevel::may || settings_.implicit_tls) return false;
  if (outcome.trouble == Trouble::tls && outcome.trouble_reply.smtp_code != 0) plain_until_ = {};
  if (!outcome.handshake_failed) return false;
  if (now >= plain_until_ && warn_) {
    warn_("relay " + settings_.name + ": " + outcome.trouble_reply.reply +
          "; its mails go in plain text for ten minutes, as tls = \"may\" allows");
  }
  plain_until_ = now + kPlainFor;
  return true;
}

Result<std::unique_ptr<TlsStream>> RelayAccess::secure() {
  if (!tls_) {
    const std::string& name = settings_.tls_name.empty() ? settings_.host : settings_.tls_name;
    auto made = TlsContext::make({settings_.tls == TlsLevel::verify, name, settings_.ca_file});
    if (!made) return std::move(made).error();
    tls_ = *std::move(made);
  }
  return tls_->connect();
}

}  // namespace jobd::smtp
