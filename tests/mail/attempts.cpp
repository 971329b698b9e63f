#include "tests/mail/attempts.h"

#include <algorithm>

#include "daemon/core/kept_email.h"
#include "tests/support/fakes.h"

namespace jobd::testing {

Attempt an_attempt(int n, std::vector<std::string> recipients, std::string subject) {
  Email email;
  email.from = Mailbox{"", "app@example.com"};
  for (const std::string& address : recipients) email.to.push_back({"", address});
  email.subject = std::move(subject);
  email.text = "Test email\n";
  Attempt attempt;
  attempt.ref = {JobId::from_parts(0x19ca9371c000000 + n, static_cast<std::uint64_t>(n)), 0, 1};
  attempt.created_at = kNoon;
  attempt.expires_at = kNoon + std::chrono::hours(72);
  attempt.envelope_from = "app@example.com";
  attempt.recipients = std::move(recipients);
  attempt.content = std::make_shared<const std::string>(pack_email(email));
  return attempt;
}

Attempt an_attempt_of(int n, const std::string& raw) {
  Email email;
  email.to = {{"", "user@example.com"}};
  email.raw = raw;
  Attempt attempt = an_attempt(n);
  attempt.content = std::make_shared<const std::string>(pack_email(email));
  return attempt;
}

std::string large_raw_mail() {
  std::string raw = "Subject: large\r\n\r\n";
  for (int i = 0; i < 400000; ++i) raw += ".line " + std::to_string(i) + "\r\n";
  return raw;
}

void CollectingSink::finished(AttemptResult result) {
  const std::lock_guard lock(mutex_);
  results_.push_back(std::move(result));
  changed_.notify_all();
}

void CollectingSink::before_dot(AttemptRef, std::function<void(bool)> go) {
  const std::lock_guard lock(mutex_);
  questions_.push_back(std::move(go));
  changed_.notify_all();
}

std::vector<AttemptResult> CollectingSink::wait_for(std::size_t n) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return results_.size() >= n; });
  auto results = results_;
  std::ranges::sort(results, {}, [](const AttemptResult& result) { return result.ref.id.seq(); });
  return results;
}

std::function<void(bool)> CollectingSink::wait_for_question() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !questions_.empty(); });
  auto question = std::move(questions_.front());
  questions_.erase(questions_.begin());
  return question;
}

}  // namespace jobd::testing
