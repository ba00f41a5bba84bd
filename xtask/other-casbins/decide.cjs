const { readFileSync } = require('node:fs');
const { newEnforcer } = require('casbin');

async function main() {
  const [model, policy] = process.argv.slice(1);
  const enforcer = await newEnforcer(model, policy);
  const decisions = [];
  for (const question of JSON.parse(readFileSync(0, 'utf8'))) {
    decisions.push(await enforcer.enforce(...question));
  }
  console.log(JSON.stringify(decisions));
}

main();
