import { createServer } from 'node:http';
createServer((q,s)=>{}).listen(0);
