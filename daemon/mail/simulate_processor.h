// The processor that only pretends: for trying out and testing what surrounds a delivery. Nothing is sent.
//
//   simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42&fail_first=1
//
// Every recipient of every attempt draws a number from 0 to 1: below `permanent` it is rejected for good (550), below
// permanent + fail it fails for now (451), else it is delivered (250). The draws are one sequence, fixed by `seed`,
// that begins anew when jobd starts: the same mails submitted in the same order meet the same fate in every run.
// `fail_first=N` makes the first N attempts of every job fail for now and leaves the later ones to the draws, so that
// fail_first=1 alone shows one retry and then a delivery. Every attempt takes `latency`.
//
// By default nothing fails, at once, with seed 1.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/transport.h"

namespace jobd {

// The fates, without the shell around them.
class Simulation {
 public:
  explicit Simulation(const SimulateTransport& settings) : settings_(settings) {}
  // Of one attempt's recipients. number: Attempt::number.
  std::vector<RecipientResult> attempt(int number, std::size_t recipients);

 private:
  double draw();
  SimulateTransport settings_;
  std::uint64_t draws_ = 0;
};

std::unique_ptr<Processor> make_simulate_processor(const SimulateTransport& transport, MailContext context);

}  // namespace jobd
