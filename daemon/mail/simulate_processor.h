// The processor that only pretends: for trying out and testing what surrounds a delivery. Nothing is sent.
//
//   simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42&fail_first=1
//
// Every recipient of every attempt draws a number from 0 to 1: below `permanent` it is rejected for good (550), below
// permanent + fail it fails for now (451), else it is delivered (250).
//
// A draw depends on nothing but `seed`, which job it is, which attempt of it, and which recipient of the attempt; not
// on when a retry comes back, nor on ids. Jobs are numbered in the order of their first attempts: the same mails
// submitted in the same order meet the same fates in every run. The numbers begin anew when jobd starts, a retry by
// hand makes an attempt 1 again and so gets a new number, and so does a job that comes back after kJobsRemembered
// younger ones have failed for now.
//
// `fail_first=N` makes the first N attempts of every job fail for now and leaves the later ones to the draws, so that
// fail_first=1 alone shows one retry and then a delivery. Every attempt takes `latency`.
//
// By default nothing fails, at once, with seed 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/transport.h"

namespace jobd {

// The fates, without the shell around them. Own thread only.
class Simulation {
 public:
  // Jobs that failed for now, kept with their numbers: about 10 MB. One that used up its attempts, expired or was
  // cancelled is among them until it is the oldest, for nobody tells us.
  static constexpr std::size_t kJobsRemembered = 100'000;

  explicit Simulation(const SimulateTransport& settings) : settings_(settings) {}
  // Of one attempt's recipients. number: Attempt::number.
  std::vector<RecipientResult> attempt(const JobId& job, int number, std::size_t recipients);

 private:
  std::uint64_t ordinal_of(const JobId& job, int number);
  SimulateTransport settings_;
  std::uint64_t last_ordinal_ = 0;
  std::map<JobId, std::uint64_t> ordinals_;  // of jobs that may come back, the oldest first
};

std::unique_ptr<Processor> make_simulate_processor(const SimulateTransport& transport, MailContext context);

}  // namespace jobd
