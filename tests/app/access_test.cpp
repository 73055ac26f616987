#include "app/access.hpp"

#include "app/settings.hpp"

#include "tests/app/program.hpp"
#include "tests/app/scratch.hpp"
#include "tests/app/serve_fixture.hpp"
#include "tests/support/certificates.hpp"

using namespace kv::app;
using namespace kv::app::test;

namespace {

std::string content(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string refused(const std::string& path) {
  try {
    read_password(path);
  } catch (const refusal& reason) {
    CHECK(reason.status() == exit_status::configuration);
    return reason.what();
  }
  return "not refused";
}

} // namespace

TEST_CASE("loopback is what other machines do not reach", "[access]") {
  for (auto address : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"})
    CHECK(is_loopback(address));
  for (auto address : {"0.0.0.0", "::", "10.0.0.1", "126.0.0.1", "128.0.0.1",
                       "::ffff:10.0.0.1", "fe80::1", "::2", "nobody", ""})
    CHECK_FALSE(is_loopback(address));
}

TEST_CASE("a password is the first line of its file", "[access]") {
  scratch folder;
  CHECK(read_password(scratch::write("a", "secret\n")) == "secret");
  CHECK(read_password(scratch::write("a", "secret")) == "secret");
  CHECK(read_password(scratch::write("a", " two words \r\nmore\n"))
        == " two words ");
  CHECK(refused("none")
        == "none: cannot read: No such file or directory (password-file)");
  CHECK(refused(".") == ".: cannot read: Is a directory");
  for (auto text : {"", "\n", "\r\n", "\nsecret\n"})
    CHECK(refused(scratch::write("a", text))
          == "a: has no password in its first line");
  CHECK(refused(scratch::write("a", std::string(4097, 'x')))
        == "a: its first line is longer than 4096 bytes");
}

TEST_CASE("other machines need a password", "[access]") {
  scratch folder;
  options opts;
  opts.bind = "127.0.0.1";
  CHECK_NOTHROW(check_access(opts));
  opts.bind = "0.0.0.0";
  CHECK_THROWS_AS(check_access(opts), refusal);
  opts.password = "x";
  CHECK_NOTHROW(check_access(opts));
  opts.password.clear();
  opts.password_file = "none.txt";
  CHECK_THROWS_AS(check_access(opts), refusal);
  opts.password_file = scratch::write("a", "x\n");
  CHECK_NOTHROW(check_access(opts));
  opts.password_file.clear();
  opts.tls_cert = "c";
  CHECK_THROWS_WITH(check_access(opts),
                    "tls-cert: needs the key, too (--tls-key)");
  opts.tls_key = "k";
  CHECK_NOTHROW(check_access(opts));
  opts.tls_cert.clear();
  CHECK_THROWS_WITH(check_access(opts),
                    "tls-key: needs the certificate, too (--tls-cert)");
  opts.tls_key.clear();
  opts.tls_ca = "a";
  CHECK_THROWS_WITH(check_access(opts),
                    "tls-ca: needs the server's certificate, too (--tls-cert)");
}

TEST_CASE("an open server is refused in one line, with 4", "[access]") {
  scratch folder;
  for (std::string address : {"0.0.0.0", "::"}) {
    auto result = run_program({"serve", "--bind", address});
    CHECK(result.status == 4);
    CHECK(result.out.empty());
    CHECK(result.err
          == "kv: bind: other machines reach " + address
               + ", so a password (--password-file or KV_PASSWORD) or TLS "
                 "(--tls-cert) is needed\n");
  }
  auto empty = run_program({"--password-file", scratch::write("a", "\n")});
  CHECK(empty.status == 4);
  CHECK(empty.err == "kv: a: has no password in its first line\n");
}

TEST_CASE("KV_PASSWORD wins over files, but not over the command line",
          "[access]") {
  scratch folder;
  config cfg;
  sources from{
    .environment = {{"KV_PASSWORD", "secret"}, {"KV_PASSWORD_FILE", "a"}}};
  auto opts = load_settings(cfg, from).opts;
  CHECK(opts.password == "secret");
  CHECK(opts.password_file.empty());
  from.command_line = {{find_option("password-file"), "b"}};
  opts = load_settings(cfg, from).opts;
  CHECK(opts.password.empty());
  CHECK(opts.password_file == "b");
}

TEST_CASE("nothing shows the password", "[access]") {
  const std::string secret = "hush-4711";
  scratch folder;
  auto shown = run_program({"--print-config"}, {"KV_PASSWORD=" + secret});
  CHECK(shown.status == 0);
  CHECK(shown.out.find("; password: KV_PASSWORD\n") != std::string::npos);
  CHECK(shown.out.find(secret) == std::string::npos);

  auto log = std::filesystem::current_path() / "log";
  process kv{{KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0",
              "--log-level", "trace", "--log-file", log},
             {},
             {"KV_PASSWORD=" + secret}};
  kv.read_line();
  auto ready = kv.read_line();
  auto port
    = static_cast<uint16_t>(std::stoul(ready.substr(ready.rfind(':') + 1)));
  CHECK(line_client{port}.talk("AUTH wrong-4712\r\nPING\r\n")
        == "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
           "-NOAUTH Authentication required.\r\n");
  auto all = line_client{port}.talk("AUTH " + secret
                                    + "\r\nCONFIG GET *\r\nINFO everything\r\n"
                                      "CLIENT INFO\r\n");
  CHECK(all.starts_with("+OK\r\n"));
  CHECK(all.find(secret) == std::string::npos);
  auto process = "/proc/" + std::to_string(kv.id());
  CHECK(content(process + "/environ").find("KV_PASSWORD=*********")
        != std::string::npos);
  CHECK(content(process + "/cmdline").find(secret) == std::string::npos);
  kv.signal(SIGTERM);
  CHECK(kv.wait() == 0);
  CHECK(content(log).find("4711") == std::string::npos);
  CHECK(content(log).find("4712") == std::string::npos);
  CHECK_FALSE(content(log).empty());
}

TEST_CASE("redis-cli speaks TLS with it", "[access][tls]") {
  kv::test::certificates files;
  process kv{{KV_PROGRAM, "serve", "--line-port", "off", "--resp-port", "0",
              "--bind", "0.0.0.0", "--tls-cert", files.cert("server"),
              "--tls-key", files.key("server"), "--tls-ca", files.ca()},
             "/"};
  kv.read_line();
  auto ready = kv.read_line();
  auto port = ready.substr(ready.rfind(':') + 1);
  process known{{"redis-cli", "-h", "127.0.0.1", "-p", port, "--tls",
                 "--cacert", files.ca(), "--cert", files.cert("client"),
                 "--key", files.key("client"), "PING"}};
  CHECK(known.read_line() == "PONG");
  CHECK(known.wait() == 0);
  process unknown{{"redis-cli", "-h", "127.0.0.1", "-p", port, "--tls",
                   "--cacert", files.ca(), "PING"}};
  CHECK(unknown.wait() == 1);
  process plain{{"redis-cli", "-h", "127.0.0.1", "-p", port, "PING"}};
  CHECK(plain.wait() == 1);
  kv.signal(SIGTERM);
  CHECK(kv.wait() == 0);
}

TEST_CASE("wrong TLS files are refused in one line, with 4", "[access][tls]") {
  scratch folder;
  auto result = run_program({"--tls-cert", "no.pem", "--tls-key", "no.key"});
  CHECK(result.status == 4);
  CHECK(result.err == "kv: tls-cert: no.pem: No such file or directory\n");
}
