// What providers say of themselves, as read in November 2026. Their limits are per account and move; a key beside the
// profile goes before it. Where a provider counts mails and not recipients, counting recipients errs to the safe side.
//
// ses      Amazon SES Developer Guide, "Service quotas in Amazon SES" (docs.aws.amazon.com/ses/latest/dg/quotas.html):
//          quotas count recipients, 50 in a mail; SMTP takes 40 MB. Rate and daily quota are an account's own;
//          14/s is what accounts commonly begin with outside of the sandbox. The host has the region in its name.
// gmail    Workspace Admin Help, "Gmail sending limits in Google Workspace" (support.google.com/a/answer/166852):
//          100 recipients in a mail by SMTP, 2,000 mails in 24 hours, rolling; 25 MB.
// m365     Microsoft Learn, "Message storage and concurrent connection throttling for SMTP Authenticated Submission"
//          and "Exchange Online limits": 3 connections, 30 mails a minute, 10,000 recipients a day, 500 a mail; 35 MB.
// mailgun  Mailgun documentation, "Sending messages": 25 MB; 1,000 recipients in a mail. Its rates are not published.
#include <algorithm>
#include <array>

#include "daemon/relay_config.h"

namespace jobd {
namespace {

constexpr std::int64_t kMega = 1'000'000;

struct Profile {
  std::string_view name;
  std::string_view url;  // empty: the user says it
  std::int64_t connections;
  std::int64_t recipients;
  std::int64_t size;
  std::array<std::string_view, 2> rates;
};

constexpr std::array kProfiles{
    Profile{"ses", "", 10, 50, 40 * kMega, {"14/s", ""}},
    Profile{"gmail", "smtp://smtp.gmail.com:587", 3, 100, 25 * kMega, {"2000/day", ""}},
    Profile{"m365", "smtp://smtp.office365.com:587", 3, 500, 35 * kMega, {"30/min", "10000/day"}},
    Profile{"mailgun", "smtp://smtp.mailgun.org:587", 10, 1000, 25 * kMega, {"", ""}},
};

}  // namespace

bool apply_profile(std::string_view name, RelayConfig& relay) {
  const auto* profile = std::ranges::find(kProfiles, name, &Profile::name);
  if (profile == kProfiles.end()) return false;
  relay.url = profile->url;
  relay.tls = "verify";
  relay.connections = profile->connections;
  relay.recipients = profile->recipients;
  relay.size = profile->size;
  for (const std::string_view rate : profile->rates) {
    if (!rate.empty()) relay.rate.emplace_back(rate);
  }
  return true;
}

std::string profile_names() {
  std::string out;
  for (const Profile& profile : kProfiles) out += (out.empty() ? "" : ", ") + std::string(profile.name);
  return out;
}

}  // namespace jobd
