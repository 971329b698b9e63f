// An SMTP server of npm's smtp-server. First line of output: its ports. Then a line for each login tried and each mail taken.
// node smtp_server.mjs '{"cert":"good.pem","key":"good.key","user":"a","password":"b","token":"c","size":1000000}'
import {readFileSync} from "node:fs";
import {SMTPServer} from "smtp-server";

const settings = JSON.parse(process.argv[2]);
const tell = (fact) => process.stdout.write(JSON.stringify(fact) + "\n");

const options = {
  name: "mail.test", size: settings.size, authMethods: ["PLAIN", "LOGIN", "XOAUTH2"], disableReverseLookup: true,
  cert: readFileSync(settings.cert), key: readFileSync(settings.key),
  onAuth(auth, session, done) {
    const secret = auth.method === "XOAUTH2" ? [auth.accessToken, settings.token] : [auth.password, settings.password];
    const right = auth.username === settings.user && secret[0] === secret[1];
    tell({login: auth.method, right});
    if (right) return done(null, {user: auth.username});
    // of XOAUTH2 a challenge, to which the client says nothing, then 535
    return auth.method === "XOAUTH2" ? done(null, {data: {status: "401", schemes: "bearer"}}) : done(new Error("wrong secret"));
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => {
      const {mailFrom, rcptTo} = session.envelope;
      if (stream.sizeExceeded) return done(Object.assign(new Error("too large"), {responseCode: 552}));
      tell({sender: mailFrom.address, options: mailFrom.args, recipients: rcptTo.map((to) => to.address), login: session.user,
            secured: session.secure, content: Buffer.concat(chunks).toString("base64")});
      return done(null, "kept");
    });
  },
};

const listen = (server) => new Promise((ready) => {
  server.on("error", () => {});  // of a client
  const listening = server.listen(0, "127.0.0.1", () => ready(listening.address().port));
});
tell({port: await listen(new SMTPServer(options)), tls_port: await listen(new SMTPServer({...options, secure: true}))});
