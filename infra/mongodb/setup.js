// Makes the replica set, and for each service one user who can open that service's database and no other.
// Safe to repeat: a user gets the password that the service's secret holds now.
const fs = require("fs");

const SERVICES = ["auth", "generation", "works", "stats", "gateway"];
const PATIENCE_MS = 60_000;

const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const admin = new Mongo(
  `mongodb://root:${secret("mongodb_root_password")}@mongodb:27017/?authSource=admin&directConnection=true`,
).getDB("admin");

const initiated = () => {
  try {
    return admin.runCommand({ replSetGetStatus: 1 }).ok === 1;
  } catch (error) {
    if (error.codeName === "NotYetInitialized") return false;
    throw error;
  }
};

if (!initiated()) {
  admin.runCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }] } });
  print("replica set rs0 initiated");
}
const deadline = Date.now() + PATIENCE_MS;
while (!admin.hello().isWritablePrimary) {
  if (Date.now() > deadline) throw new Error(`no primary within ${PATIENCE_MS} ms`);
  sleep(100);
}

for (const service of SERVICES) {
  const { username, password, pathname } = new URL(secret(`${service}_mongodb_url`));
  const database = admin.getSiblingDB(pathname.slice(1));
  const rights = { pwd: password, roles: [{ role: "readWrite", db: pathname.slice(1) }] };
  if (database.getUser(username)) database.updateUser(username, rights);
  else database.createUser({ user: username, ...rights });
  print(`user ${username} may read and write ${pathname.slice(1)}`);
}
