// The bare function of ../../yardsticks, for Node.js: one client, one item a request. AWS's own runtime client
// is a part of its images; this loop does as little as it can, so it flatters Node.js.
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import http from "node:http";

const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true });

function ask(method, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ headers: response.headers, text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const client = new DynamoDBClient();
for (;;) {
  const { headers, text } = await ask("GET", `${runtime}/next`);
  JSON.parse(text);
  const Key = { pk: { S: "1" }, sk: { N: "1" } };
  const { Item } = await client.send(new GetItemCommand({ TableName: process.env.EVENTS_TABLE, Key }));
  const answer = { statusCode: 200, headers: {}, body: `${Item !== undefined}` };
  await ask("POST", `${runtime}/${headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(answer));
}
