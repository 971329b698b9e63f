// The OpenAPI document against the tables and the codec that it is about: what it says is taken is taken, what it does
// not say is refused, and replies have exactly the keys that it names.
#include "daemon/net/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "shared/codec.h"
#include "shared/json.h"
#include "shared/names.h"

namespace jobd {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

const Json& document() {
  static const Json kDocument = [] {
    Result<Json> parsed = parse_json(openapi_document());
    EXPECT_TRUE(parsed.ok());
    return parsed ? *parsed : Json();
  }();
  return kDocument;
}

const Json& resolved(const Json& schema) {
  if (!schema.contains("$ref")) return schema;
  return document().at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1)));
}

const Json& schema(const std::string& name) {
  return document()["components"]["schemas"][name];
}

std::set<std::string> keys(const Json& object) {
  std::set<std::string> out;
  for (const auto& item : object.items()) out.insert(item.key());
  return out;
}

const Json& operation_json(const Operation& operation) {
  std::string method(operation.http_method);
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
  return document()["paths"][std::string(operation.http_path)][method];
}

// A value against a schema: types as far as we use them, and the keys of objects, both ways.
void expect_fits(const Json& value, const Json& given, const std::string& where) {
  SCOPED_TRACE(where);
  const Json& told = resolved(given);
  if (told.contains("oneOf")) {
    // Only a nullable schema or one of several forms: the one of the value's kind.
    for (const Json& form : told["oneOf"]) {
      if (resolved(form).value("type", "object") == value.type_name()) return expect_fits(value, form, where);
    }
    FAIL() << "no form for " << value;
  }
  if (told.contains("enum")) {
    EXPECT_THAT(told["enum"].get<std::vector<Json>>(), testing::Contains(value));
  }
  if (value.is_array()) {
    for (const Json& item : value) expect_fits(item, told.at("items"), where + "[]");
  }
  if (!value.is_object() || told.contains("additionalProperties")) return;
  const Json& properties = told.at("properties");
  EXPECT_EQ(keys(value), keys(properties));
  for (const auto& item : value.items()) {
    if (properties.contains(item.key())) expect_fits(item.value(), properties[item.key()], where + "." + item.key());
  }
}

// What is required is there also when nothing that may be absent is.
void expect_required(const Json& value, const Json& told, const std::string& where) {
  for (const Json& key : told.value("required", Json::array())) {
    EXPECT_TRUE(value.contains(key.get<std::string>())) << where << " lacks " << key;
  }
}

Job full_job() {
  Job job;
  job.id = *JobId::parse("019535d9-3df7-79fb-b466-fa907fa17f9e");
  job.started_at = job.finished_at = job.next_attempt_at = Time{};
  job.tags = {"a"};
  job.metadata = {{"k", "v"}};
  job.waiting_for = WaitingFor::slot;
  job.error = JobError{Failure::rejected, "no", Time{}, 550, "5.1.1"};
  job.recipients = {{"a@example.com", RecipientStatus::delivered, 250, "2.0.0", "ok", Time{}}};
  job.history = {{1, Time{}, Time{}, AttemptOutcome::delivered, "relay", "no"}};
  Email email;
  email.from = Mailbox{"A", "a@example.com"};
  email.to = email.cc = email.bcc = email.reply_to = {*email.from};
  email.subject = "s";
  email.text = email.html = "x";
  email.headers = {{"X-A", "b"}};
  email.attachments = {{"a", "b", "c/d", "e"}};
  job.content = std::make_shared<const Email>(email);
  return job;
}

Json reply_of(const Response& response) {
  return *parse_json(encode_result(response));
}

TEST(OpenApi, HasEveryRouteAndNoOther) {
  std::set<std::string> wanted;
  std::set<std::string> found;
  for (const Operation& operation : operations()) {
    if (!operation.http_path.empty()) {
      wanted.insert(std::string(operation.name) + " " + std::string(operation.http_path));
      EXPECT_EQ(operation_json(operation).value("operationId", ""), operation.name);
      EXPECT_EQ(operation_json(operation).value("summary", ""), operation.summary);
    }
  }
  for (const auto& path : document()["paths"].items()) {
    for (const auto& method : path.value().items()) {
      found.insert(method.value()["operationId"].get<std::string>() + " " + path.key());
    }
  }
  EXPECT_EQ(found, wanted);
}

template <typename E>
void expect_names(const Json& enumeration) {
  std::vector<Json> wanted;
  for (const std::string_view name : every_name<E>()) wanted.emplace_back(name);
  std::vector<Json> found = enumeration;
  std::erase(found, nullptr);
  EXPECT_THAT(found, ElementsAreArray(wanted));
}

TEST(OpenApi, EnumerationsHaveAllNames) {
  const Json& job = schema("Job")["properties"];
  expect_names<JobStatus>(job["status"]["enum"]);
  expect_names<WaitingFor>(job["waiting_for"]["enum"]);
  expect_names<RecipientStatus>(schema("Recipient")["properties"]["status"]["enum"]);
  expect_names<AttemptOutcome>(schema("HistoryEntry")["properties"]["outcome"]["enum"]);
  expect_names<Failure>(schema("JobError")["properties"]["code"]["enum"]);
  expect_names<OnUncertain>(schema("Email")["properties"]["on_uncertain"]["enum"]);
  expect_names<JobStatus>(schema("CancelFilter")["properties"]["status"]["enum"]);
  const Json& codes = schema("Problem")["properties"]["code"]["enum"];
  ASSERT_EQ(codes.size(), all_codes().size());
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(codes[i], all_codes()[i].name);
}

TEST(OpenApi, RepliesHaveTheKeysItNames) {
  const Job job = full_job();
  Json told = reply_of(job);
  told["content"]["raw_base64"] = "";
  expect_fits(told, schema("Job"), "Job");

  expect_fits(reply_of(JobPage{{}, "cursor"}), schema("JobPage"), "JobPage");
  expect_fits(reply_of(Changed{}), schema("Changed"), "Changed");
  expect_fits(reply_of(QueueState{}), schema("QueueState"), "QueueState");
  expect_fits(reply_of(Pong{"1"}), schema("Pong"), "Pong");
  expect_fits(reply_of(Readiness{}), schema("Readiness"), "Readiness");
  const ProbeReport report{"default", "smtp://a:25", false, {{"connect", false, "refused", Duration(3)}},
                           "e",       {"C: EHLO"}};
  expect_fits(reply_of(report), schema("ProbeReport"), "ProbeReport");
  Stats stats;
  stats.relays.emplace_back();
  stats.relays.front().rates = {"14/s"};
  stats.routes = {{"a.org", "b.org", {"x"}, {"x"}}};
  stats.domains = {{"c.org", 1, 2, {"14/s"}, 3}};
  expect_fits(reply_of(stats), schema("Stats"), "Stats");

  const Error error{Code::busy, "m", "f", std::chrono::seconds(1)};
  expect_fits(*parse_json(encode_problem(error, 503, "t")), schema("Problem"), "Problem");
  const Json items = reply_of(SubmittedMany{{Submitted{job}, error}})["items"];
  expect_fits(items[1]["error"], schema("Error"), "Error");
  Json item = items[0];
  item.update(items[1]);
  item["result"] = told;
  expect_fits(item, schema("BatchItem"), "BatchItem");
}

TEST(OpenApi, WhatItRequiresIsInEveryReply) {
  Job job;
  job.recipients = {{}};
  job.history = {{}};
  job.error = JobError{};
  const Json told = reply_of(job);
  expect_required(told, schema("Job"), "Job");
  expect_required(told["recipients"][0], schema("Recipient"), "Recipient");
  expect_required(told["history"][0], schema("HistoryEntry"), "HistoryEntry");
  expect_required(told["error"], schema("JobError"), "JobError");
  const Error error{Code::internal, "m"};
  expect_required(*parse_json(encode_problem(error, 500, "t")), schema("Problem"), "Problem");
  expect_required(reply_of(SubmittedMany{{error}})["items"][0]["error"], schema("Error"), "Error");
}

// A value that the schema allows.
Json sample(const Json& given) {
  const Json& told = resolved(given);
  if (told.contains("oneOf")) return sample(told["oneOf"][0]);
  if (told.contains("enum")) return told["enum"][0];
  if (told.contains("examples")) return told["examples"][0];
  const std::string type = told["type"];
  if (type == "integer") return told["minimum"];
  if (type == "array") return Json::array({sample(told["items"])});
  if (type == "object") {
    Json out = Json::object();
    const Json properties = told.value("properties", Json{{"X-Key", told.value("additionalProperties", Json())}});
    for (const auto& item : properties.items()) out[item.key()] = sample(item.value());
    return out;
  }
  const std::string format = told.value("format", "");
  if (format == "uuid") return "019535d9-3df7-79fb-b466-fa907fa17f9e";
  if (format == "date-time") return "2026-03-01T12:00:00Z";
  return "a";
}

// The fields of one operation, from wherever HTTP has them: name and a value.
std::map<std::string, Json> fields_of(const Operation& operation) {
  std::map<std::string, Json> out;
  const Json& told = operation_json(operation);
  for (const Json& parameter : told["parameters"]) {
    if (parameter["in"] != "header") out[parameter["name"]] = sample(parameter["schema"]);
  }
  if (!told.contains("requestBody")) return out;
  const Json& body = resolved(told["requestBody"]["content"]["application/json"]["schema"]);
  EXPECT_EQ(body.value("additionalProperties", true), false) << operation.name;
  for (const auto& item : body["properties"].items()) out[item.key()] = sample(item.value());
  if (out.contains("emails")) out["emails"] = {{{"to", "a@example.com"}}};  // whose fields exclude one another
  return out;
}

// The fewest fields that the operation does not refuse.
Json least(const Operation& operation, const std::string& beside) {
  if (beside == "variables") return {{"to", "a@example.com"}, {"template", "a"}};
  if (operation.name == "submit_email" && !beside.starts_with("raw")) return {{"to", "a@example.com"}};
  if (operation.name == "submit_emails") return {{"emails", Json::array()}};
  if (operation.name.ends_with("_jobs") && operation.name != "list_jobs") return {{"tag", "a"}};
  if (operation.http_path.find('{') != std::string_view::npos) return {{"id", "019535d9-3df7-79fb-b466-fa907fa17f9e"}};
  return Json::object();
}

Result<Request> decoded(const Operation& operation, const Json& params) {
  const Json line{{"id", 1}, {"op", operation.name}, {"params", params}};
  return decode_request(dump_json(line)).request;
}

TEST(OpenApi, EveryFieldThatItNamesIsTakenAndNoOther) {
  for (const Operation& operation : operations()) {
    if (operation.http_path.empty()) continue;
    SCOPED_TRACE(operation.name);
    for (const auto& [name, value] : fields_of(operation)) {
      Json params = least(operation, name);
      params[name] = value;
      const Result<Request> request = decoded(operation, params);
      EXPECT_TRUE(request.ok()) << name << " = " << value << ": " << request.error().message;
    }
    Json params = least(operation, "");
    params["unheard_of"] = 1;
    const Result<Request> request = decoded(operation, params);
    ASSERT_FALSE(request.ok());
    EXPECT_EQ(request.error().code, Code::unknown_field);
  }
}

SubmitEmail full_submit() {
  SubmitEmail submit;
  submit.email = *full_job().content;
  submit.tags = {"a"};
  submit.metadata = {{"k", "v"}};
  submit.priority = submit.max_attempts = 1;
  submit.scheduled_at = submit.expires_at = Time{};
  submit.delay = submit.ttl = std::chrono::seconds(1);
  submit.idempotency_key = "k";
  submit.on_uncertain = OnUncertain::hold;
  submit.envelope_from = "";
  submit.traceparent = "t";
  return submit;
}

TEST(OpenApi, EveryFieldThatCanBeSentIsNamed) {
  const JobId id = full_job().id;
  const JobFilter filter{JobStatus::failed, "t", "r", Time{}, Time{}};
  SubmitEmail raw = full_submit();
  raw.email.raw = "x";
  const std::vector<Request> full{
      full_submit(),
      raw,
      SubmitEmails{{full_submit()}},
      GetJob{id, std::chrono::seconds(1), true},
      ListJobs{filter, 1, "c"},
      CancelJob{id},
      RetryJob{id, std::chrono::seconds(1)},
      CancelJobs{filter, 1},
      RetryJobs{filter, 1, std::chrono::seconds(1)},
      DeleteJob{id},
      Watch{id, 1},
  };
  for (const Request& request : full) {
    const Operation& operation = operation_of(request);
    const auto named = fields_of(operation);
    const Json sent = *parse_json(encode_request(request));
    for (const std::string& key : keys(sent["params"]))
      EXPECT_TRUE(named.contains(key)) << operation.name << " " << key;
  }
  // The two that encode_request has another word for.
  const auto named = fields_of(*find_operation("submit_email"));
  EXPECT_TRUE(named.contains("text") && named.contains("raw"));
}

TEST(OpenApi, EveryOperationHasExamplesWithTheirAnswers) {
  for (const Operation& operation : operations()) {
    if (operation.http_path.empty()) continue;
    const Json& told = operation_json(operation);
    std::set<std::string> answered;
    for (const auto& response : told["responses"].items()) {
      for (const Json& content : response.value().value("content", Json::object())) {
        for (const std::string& name : keys(content.value("examples", Json::object()))) {
          EXPECT_TRUE(answered.insert(name).second) << operation.name << " answers " << name << " in two ways";
        }
      }
    }
    EXPECT_FALSE(answered.empty() && operation.name != "delete_job") << operation.name;
    if (!told.contains("requestBody")) continue;
    for (const Json& content : told["requestBody"]["content"]) {
      for (const std::string& name : keys(content.value("examples", Json::object()))) {
        EXPECT_TRUE(answered.contains(name)) << operation.name << " does not answer " << name;
      }
    }
  }
}

TEST(OpenApi, ErrorsHaveTheirStatusAndSayWhatTheyMean) {
  for (const Operation& operation : operations()) {
    if (operation.http_path.empty()) continue;
    for (const auto& response : operation_json(operation)["responses"].items()) {
      if (response.key() == "default" || response.key() < "400") continue;
      const std::string description = response.value()["description"];
      EXPECT_THAT(description, HasSubstr("`: "));
      for (const CodeRow& row : all_codes()) {
        if (description.find("`" + std::string(row.name) + "`") == std::string::npos) continue;
        EXPECT_EQ(std::to_string(row.http_status), response.key()) << operation.name << " " << row.name;
      }
      EXPECT_EQ(response.value()["content"]["application/problem+json"]["schema"]["$ref"],
                "#/components/schemas/Problem");
    }
  }
}

}  // namespace
}  // namespace jobd
